"""A survey held elsewhere comes in whole or not at all."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import DomainError
from feedback.domain import results_import, separation, surveys
from feedback.domain.results_import import Outcome
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.tests import world
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db
DAY = date(2024, 4, 8)
RESPONSES = b"section,material,pace,question\nCS 101,7,5,Why?\nCS 501,10,1,\n"
COMPLETIONS = b"login\nada.fictive\ntimo.placeholder\n"


@pytest.fixture(autouse=True)
def _planned(cast: Cast) -> None:
    world.make_plan(cast.course)


def bring(cast: Cast, responses=RESPONSES, completions=COMPLETIONS, **how) -> Outcome:
    return results_import.import_survey(cast.course, DAY, responses=responses, completions=completions, now=NOON, **how)


def raised() -> dict[tuple[str, str, int], int]:
    rows = ScaleCount.objects.filter(count__gt=0).values_list("question__key", "section__code", "value", "count")
    return {(key, section, value): count for key, section, value, count in rows}


def everything() -> list:
    """Every row that an import writes, to see that nothing was."""
    return [list(model.objects.order_by("pk").values()) for model in (Survey, Completion, FreeText, ScaleCount)]


def test_import_makes_the_survey_with_its_answers_on_time(cast: Cast):
    assert bring(cast) == Outcome.IMPORTED

    survey = Survey.objects.get()
    assert survey.opened_at == survey.meeting.ends_at and survey.frozen_at is None
    assert raised()["material", "CS 501", 10] == 1 and sum(raised().values()) == 4
    assert set(Completion.objects.values_list("enrollment", "batch")) == {
        (cast.student.pk, "on_time"), (cast.other_student.pk, "on_time"),
    }  # fmt: skip
    assert FreeText.objects.get().text == "Why?"


def test_same_files_change_nothing_and_others_replace_what_came_before(cast: Cast):
    bring(cast)
    before = everything()
    assert bring(cast) == Outcome.SAME
    assert everything() == before

    assert (
        bring(cast, responses=b"section,material,pace\nCS 101,1,1\n", completions=b"login\nada.fictive\n") == "imported"
    )
    assert raised() == {("material", "CS 101", 1): 1, ("pace", "CS 101", 1): 1}
    assert Completion.objects.count() == 1 and not FreeText.objects.exists() and Survey.objects.count() == 1


def test_frozen_survey_is_left_as_it_is(cast: Cast):
    bring(cast, freeze=True)
    survey = Survey.objects.get()
    assert survey.frozen_at == NOON and survey.figures["n"] == 2
    before = everything()

    assert bring(cast, responses=b"section,material,pace\nCS 101,1,1\n", completions=None) == Outcome.FROZEN
    assert everything() == before


def test_same_files_can_be_frozen_later(cast: Cast):
    bring(cast)
    bring(cast, freeze=True)

    assert Survey.objects.get().frozen_at == NOON


def test_import_is_refused_once_a_student_has_answered_in_the_portal(cast: Cast):
    survey = world.opened(cast.course)
    surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=survey.opened_at)
    before = everything()

    with pytest.raises(DomainError, match="A student has answered this survey in the portal"):
        bring(cast)
    assert everything() == before


def test_answer_in_the_portal_after_an_import_keeps_the_files_from_coming_again(cast: Cast):
    bring(cast, responses=b"section,material,pace\nCS 501,1,1\n", completions=b"login\ntimo.placeholder\n")
    survey = Survey.objects.get()
    surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=survey.opened_at)

    with pytest.raises(DomainError, match="A student has answered this survey in the portal"):
        bring(cast, responses=b"section,material,pace\nCS 501,1,1\n", completions=b"login\ntimo.placeholder\n")
    assert Completion.objects.count() == 2


def test_byte_order_mark_semicolons_and_another_order_of_columns_are_read(cast: Cast):
    bring(
        cast, responses='\ufeffpace;section;question;material\r\n5;CS 101;"Why;\nnot?";7\r\n'.encode(), completions=None
    )

    assert raised() == {("material", "CS 101", 7): 1, ("pace", "CS 101", 5): 1}
    assert FreeText.objects.get().text == "Why;\nnot?"


def test_without_completions_the_rate_is_not_known(cast: Cast):
    bring(cast, completions=None, freeze=True)

    figures = Survey.objects.get().figures
    assert figures["n"] == 2 and [rate["completed"] for rate in figures["rates"]] == [None, None]


def test_without_completions_the_rate_stays_unknown_when_a_student_answers_as_well(cast: Cast):
    bring(cast, completions=None)
    survey = Survey.objects.get()
    surveys.submit_response(survey, by=cast.student, answers=world.FINE, now=NOON)
    separation.freeze(survey, now=NOON)

    assert survey.figures["n"] == 3 and [rate["completed"] for rate in survey.figures["rates"]] == [None, None]


@pytest.mark.parametrize(
    ("responses", "completions", "sentence"),
    [
        (RESPONSES.replace(b"CS 501", b"CS 999"), COMPLETIONS, 'row 3: section "CS 999" is not one of this course'),
        (RESPONSES.replace(b"10,1", b"11,1"), COMPLETIONS, "row 3: material: Choose a whole number from 1 to 10."),
        (RESPONSES.replace(b"10,1", b"5.5,1"), COMPLETIONS, "row 3: material: Choose a whole number"),
        (RESPONSES.replace(b"10,1", b",1"), COMPLETIONS, "row 3: material: This question needs an answer."),
        (RESPONSES + b'CS 101,1,1,"a\nb"\nCS 101,0,1,\n', None, "row 6: material: Choose"),
        (RESPONSES + b"CS 101,1,1,,,\n", COMPLETIONS, "row 4: more cells than columns"),
        (b"section,material\nCS 101,7\n", COMPLETIONS, 'has no column "pace"'),
        (b"section,material,pace,mood\nCS 101,7,5,1\n", COMPLETIONS, 'a column "mood" that nobody asked'),
        (b"", COMPLETIONS, 'has no column "material"'),
        (b"\xff\xfe\x00binary", COMPLETIONS, "is no text in UTF-8"),
        (RESPONSES, b"login\nada.fictive\nnobody.here\n", 'row 3: login "nobody.here" is not on the roster'),
        (RESPONSES, b"login\nada.fictive\nada.fictive\n", 'row 3: login "ada.fictive" occurs twice'),
        (RESPONSES, b"login\nada.fictive\n", "CS 501 has 1 responses and 0 completions"),
        (RESPONSES, b"person\nada.fictive\n", 'has no column "login"'),
    ],
)  # fmt: skip
def test_file_that_does_not_fit_is_refused_with_row_and_sentence_and_nothing_is_written(
    cast: Cast, responses, completions, sentence
):
    with pytest.raises(DomainError) as refused:
        bring(cast, responses=responses, completions=completions)

    assert sentence in refused.value.message and "othing was changed" in refused.value.message
    assert not Survey.objects.exists()


def test_many_problems_are_listed_up_to_twenty(cast: Cast):
    with pytest.raises(DomainError) as refused:
        bring(cast, responses=b"section,material,pace\n" + b"CS 101,0,5\n" * 25)

    assert refused.value.message.count("\n") == 21 and refused.value.message.endswith("and 5 more")


def test_day_without_class_is_refused(cast: Cast):
    with pytest.raises(DomainError, match="no class on April 9 2024"):
        results_import.import_survey(cast.course, date(2024, 4, 9), responses=RESPONSES, now=NOON)


def test_demo_gives_the_oracles_figures():
    course = world.oracle()
    world.import_demo(course, "2023-11-21", freeze=True)

    figures = world.survey_of(course, "2023-11-21").figures
    assert figures["n"] == 52
    assert [(rate["completed"], rate["enrolled"]) for rate in figures["rates"]] == [(33, 44), (19, 25)]
    assert sum(v * c for v, c in enumerate(figures["pooled"]["material"], start=1)) / 52 == pytest.approx(
        6.19, abs=0.005
    )


def test_command_imports_and_says_what_it_did(cast: Cast, tmp_path, capsys):
    (tmp_path / "r.csv").write_bytes(RESPONSES)
    (tmp_path / "c.csv").write_bytes(COMPLETIONS)
    arguments = ("import_survey", "cs101-s24", "2024-04-08", "--responses", str(tmp_path / "r.csv"))

    call_command(*arguments, "--completions", str(tmp_path / "c.csv"), "--freeze")
    call_command(*arguments, "--completions", str(tmp_path / "c.csv"), "--freeze")

    assert capsys.readouterr().out == (
        "cs101-s24 2024-04-08: imported\ncs101-s24 2024-04-08: its figures are fixed; nothing was changed\n"
    )
    assert Survey.objects.get().frozen_at is not None
    assert separation.freeze(Survey.objects.get(), now=NOON) is False


@pytest.mark.parametrize(
    ("slug", "day", "file", "sentence"),
    [
        ("nowhere", "2024-04-08", "r.csv", 'There is no course "nowhere"'),
        ("cs101-s24", "Tuesday 2024-04-08", "r.csv", "April 8 2024 is a Monday"),
        ("cs101-s24", "2024-04-08", "missing.csv", "No such file"),
    ],
)
def test_command_refuses_in_words(cast: Cast, tmp_path, slug, day, file, sentence):
    (tmp_path / "r.csv").write_bytes(RESPONSES)

    with pytest.raises(CommandError, match=sentence):
        call_command("import_survey", slug, day, "--responses", str(tmp_path / file))
