import pytest

from courses.domain import cells


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_and_read_again_as_it_was(cell):
    assert cells.neutral(cell) == f"'{cell}"
    assert cells.plain(cells.neutral(cell)) == cell.strip()


@pytest.mark.parametrize("cell", ["Fictive, Ada", "'Aumua, Sione", "", "4300001"])
def test_other_cells_stay_as_they_are_both_ways(cell):
    assert cells.neutral(cell) == cell == cells.plain(cell)
