"""Cells of a CSV file that a spreadsheet program will open."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """The cell such that no spreadsheet takes it for a formula: an apostrophe goes before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """The cell as it was before `neutral`, without spaces around it."""
    return cell[1:].strip() if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell.strip()
