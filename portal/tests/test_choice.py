"""A question of the kind choice, from the course file to the wall: in surveys, imports, recaps, audits and reviews."""

import io
import json
import random
import re
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import call_command
from django.urls import reverse

from accounts.errors import DomainError
from courses.models import Course
from feedback.domain import plans, results_import, separation, surveys
from feedback.models import ScaleCount, Survey
from feedback.tests import world as feedback_world
from portal.course_file.reading import CourseFileRefusedError
from portal.testing import NOON, Cast, client_of, enroll, make_cast
from portal.tests.course_files import load_tree
from presentations.domain import feedback, reviews
from presentations.models import ReviewPlan
from presentations.tests import factories

LABELS = ["Too hot", "Just right", "Too cold"]
ROOM = {"key": "room", "kind": "choice", "prompt": "How was the room?", "choices": LABELS}
WHY = {"key": "why", "kind": "text", "required": False, "prompt": "Why?"}


def opened(course: Course, day: str = "2024-04-08", **changes: object) -> Survey:
    """A survey that asks for the room, and for a text."""
    if not hasattr(course, "survey_plan"):
        feedback_world.make_plan(course, questions=[{**ROOM, **changes}, WHY])
    return feedback_world.opened(course, day)


def answer(survey: Survey, answers: list[str]) -> None:
    """Answers of as many new students, two of three in the first section."""
    people = feedback_world.fill(survey.course, len(answers))
    for person, room in zip(people, answers, strict=True):
        surveys.submit_response(survey, by=person, answers={"room": room}, now=survey.opened_at)


def counted(survey: Survey) -> list[int]:
    rows = survey.counts.filter(batch="on_time").values_list("value", "count")
    return [sum(count for value, count in rows if value == place) for place in (1, 2, 3)]


def page(person, name: str, survey: Survey) -> str:
    where = reverse(name, kwargs={"course_slug": survey.course.slug, "date": survey.meeting.date})
    return client_of(person).get(where).content.decode()


def test_counters_are_made_at_opening_and_an_answer_raises_one(cast: Cast):
    survey = opened(cast.course)
    assert survey.counts.filter(batch="on_time", count=0).count() == 3 * 2  # answers, sections
    answer(survey, ["1", "2", "2"])
    assert counted(survey) == [1, 2, 0]
    assert not survey.texts.exists()


@pytest.mark.parametrize("typed", ["0", "4", "-1", "1.0", "１", "Warm", "Too", "<b>"])
def test_an_answer_that_is_none_of_the_choices_is_refused_at_its_question(cast: Cast, typed: str):
    survey = opened(cast.course)
    with pytest.raises(surveys.AnswersRefusedError) as refused:
        surveys.submit_response(survey, by=cast.student, answers={"room": typed}, now=survey.opened_at)
    assert refused.value.sentences == {"room": "Choose one of the answers."}
    assert counted(survey) == [0, 0, 0]


def test_a_student_sees_the_answers_in_words_and_keeps_what_was_chosen(cast: Cast):
    survey = opened(cast.course)
    where = reverse("survey", args=[cast.course.slug, survey.meeting.date])
    with time_machine.travel(survey.opened_at, tick=False):
        shown = client_of(cast.student).get(where).content.decode()
        refused = client_of(cast.student).post(where, {"room": "2", "why": "x" * 5_001})
    assert all(label in shown for label in LABELS)
    assert shown.count('type="radio" name="room"') == 3
    assert refused.status_code == 422
    assert re.search(r'name="room" value="2"[^>]* checked', refused.content.decode())


def test_figures_stand_as_bars_beside_the_class_before_on_the_recap_and_in_class(cast: Cast):
    before = opened(cast.course)
    answer(before, ["1", "1", "2", "3", "3"])
    separation.freeze(before, now=before.due_at)
    survey = opened(cast.course, "2024-04-10")
    for n, person in enumerate(cast.course.enrollments.students().order_by("pk")[:6]):
        surveys.submit_response(survey, by=person, answers={"room": "2" if n < 4 else "3"}, now=survey.opened_at)
    separation.freeze(survey, now=survey.due_at)
    for name in ("survey_recap", "recap_in_class"):
        shown = page(cast.assistant, name, survey)
        assert "<b>67%</b>" in shown and "previous 20%" in shown
        assert "<b>Just right</b> 4 - 67%, previous 20%" in shown
        assert '<progress aria-label="Too cold" max="6" value="2">' in shown
    listed = client_of(cast.assistant).get(reverse("feedback", args=[cast.course.slug])).content.decode()
    assert "room: Just right 67%, took part" in listed
    assert "room: Just right" in client_of(cast.instructor).get(reverse("course_home", args=[cast.course.slug])).text


def test_other_answers_than_before_are_not_set_beside_each_other(cast: Cast):
    before = opened(cast.course)
    answer(before, ["1"] * 5)
    separation.freeze(before, now=before.due_at)
    plans.change(cast.course.survey_plan, now=NOON, questions=[{**ROOM, "choices": ["Fine", "Not fine"]}])
    survey = opened(cast.course, "2024-04-10")
    for person in cast.course.enrollments.students().order_by("pk")[:6]:
        surveys.submit_response(survey, by=person, answers={"room": "1"}, now=survey.opened_at)
    separation.freeze(survey, now=survey.due_at)
    assert "previous" not in page(cast.assistant, "survey_recap", survey)


def test_while_open_staff_see_no_figure_and_under_five_none_is_shown(cast: Cast):
    survey = opened(cast.course)
    answer(survey, ["1", "2", "2", "3"])
    assert "Just right" not in page(cast.instructor, "survey_recap", survey)
    separation.freeze(survey, now=survey.due_at)
    assert survey.figures["pooled"]["room"] is None
    for name in ("survey_recap", "recap_in_class"):
        shown = page(cast.instructor, name, survey)
        assert "Not shown" in shown and "Just right" not in shown


def test_a_small_section_is_hidden_and_never_left_alone(cast: Cast):
    survey = opened(cast.course)
    answer(survey, ["1", "2"] * 5)  # 6 and 4
    separation.freeze(survey, now=survey.due_at)
    assert sum(survey.figures["pooled"]["room"]) == 10
    assert [section["counts"]["room"] for section in survey.figures["sections"]] == [None, None]


def test_late_answers_wait_until_five_are_together(cast: Cast):
    survey = opened(cast.course)
    answer(survey, ["1"] * 5)
    separation.freeze(survey, now=survey.due_at)
    for n in range(5):
        assert survey.late_figures is None and not separation.release(survey, now=survey.due_at)
        late = feedback_world.one_more(cast.course, f"Late {n}")
        surveys.submit_response(survey, by=late, answers={"room": "3"}, now=survey.due_at)
    assert separation.release(survey, now=survey.due_at)
    assert (survey.figures["pooled"]["room"], survey.late_figures["pooled"]["room"]) == ([5, 0, 0], [5, 0, 5])
    assert "Too hot 5, Just right 0, Too cold 5, n 10" in page(cast.instructor, "survey_recap", survey)


@pytest.mark.parametrize("written", ["2", "Just right", "just RIGHT"])
def test_a_file_of_answers_has_places_or_words(cast: Cast, written: str):
    feedback_world.make_plan(cast.course, questions=[ROOM, WHY])
    day = cast.course.meetings.get(date="2024-04-08").date
    responses = f"section,room,why\nCS 101,{written},\nCS 501,3,\n".encode()
    results_import.import_survey(cast.course, day, responses=responses, now=NOON)
    assert counted(Survey.objects.get()) == [0, 1, 1]
    with pytest.raises(DomainError, match="row 2: room: Choose one of the answers"):
        results_import.import_survey(cast.course, day, responses=b"section,room\nCS 101,Warm\n", now=NOON)


def test_the_command_prints_every_answer(cast: Cast, capsys):
    survey = opened(cast.course)
    answer(survey, ["1", "2", "2", "3", "3"])
    separation.freeze(survey, now=survey.due_at)
    call_command("survey_recap", cast.course.slug, "2024-04-08")
    assert "- **room**: Too hot 1 (20%), Just right 2 (40%), Too cold 2 (40%)" in capsys.readouterr().out
    call_command("survey_recap", cast.course.slug, "2024-04-08", "--format", "json")
    printed = json.loads(capsys.readouterr().out)["questions"]
    assert printed == {"room": {"choices": LABELS, "counts": [1, 2, 2], "previous": None}}


@pytest.mark.django_db(transaction=True)
def test_the_audit_finds_nothing_in_a_separated_choice_and_every_row_of_one_that_is_not(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    choices = [f"Answer {n}" for n in range(8)]
    survey = opened(make_cast().course, choices=choices)
    answer(survey, [str(random.Random(n).randint(1, 8)) for n in range(70)])
    Survey.objects.update(
        frozen_at=survey.due_at, shuffle_salt="ab" * 16, compacted_at=survey.due_at
    )  # but never written again
    found = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("audit_anonymity", stdout=found)
    assert "rows of feedback_scalecount are not in" in found.getvalue()
    Survey.objects.update(frozen_at=None, shuffle_salt="", compacted_at=None)
    survey.refresh_from_db()
    separation.freeze(survey, now=survey.due_at)
    assert separation.compact(survey, now=survey.due_at)
    found = io.StringIO()
    call_command("audit_anonymity", stdout=found)
    assert "cs101-s24 2024-04-08: nothing found" in found.getvalue()
    assert sum(ScaleCount.objects.values_list("count", flat=True)) == 70


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"choices": ["Only one"]}, "2 to 8 answers, not 1"),
        ({"choices": None}, "2 to 8 answers, not 0"),
        ({"choices": [f"{n}" for n in range(9)]}, "2 to 8 answers, not 9"),
        ({"choices": ["0", "1", "2 or more"]}, 'The answer "1" would be taken for answer 1 of the list; use words'),
        ({"choices": ["Hot", "hot"]}, "Two answers of a choice are the same"),
        ({"choices": ["x" * 81, "y"]}, "at most 80 characters"),
        ({"max": 5}, 'A choice has no "max"'),
    ],
)
def test_a_choice_that_cannot_be_asked_is_refused(cast: Cast, changes: dict, sentence: str):
    plan = feedback_world.make_plan(cast.course)
    with pytest.raises(DomainError, match=sentence):
        plans.change(plan, now=NOON, questions=[{**ROOM, **changes}])


def test_staff_write_the_answers_a_line_each(cast: Cast):
    feedback_world.make_plan(cast.course, questions=[ROOM])
    staff, where = client_of(cast.instructor), reverse("survey_plan", args=[cast.course.slug])
    shown = staff.get(where)
    assert "Too hot\nJust right\nToo cold" in shown.content.decode().replace("\r", "")
    typed = {name: value for name, value in shown.context["form"].initial.items() if value is not None}
    typed |= {"questions-TOTAL_FORMS": 1, "questions-INITIAL_FORMS": 1, "questions-0-key": "room"}
    typed |= {"questions-0-kind": "choice", "questions-0-prompt": "The room?", "questions-0-max": "10"}
    refused = staff.post(where, {**typed, "questions-0-choices": "Fine"})
    assert refused.status_code == 422 and "2 to 8 answers" in refused.content.decode()
    assert staff.post(where, {**typed, "questions-0-choices": "Fine\r\n\r\n Not fine "}).status_code == 302
    cast.course.survey_plan.refresh_from_db()
    question = {"key": "room", "kind": "choice", "prompt": "The room?", "required": False}
    assert cast.course.survey_plan.questions == [{**question, "choices": ["Fine", "Not fine"]}]


def file_with(survey: dict, criterion: dict) -> dict:
    demo = yaml.safe_load((feedback_world.DEMO / "course.yaml").read_text())
    tree = {name: demo[name] for name in ("format", "course", "sections", "meetings")}
    tree["meetings"].pop("details", None)
    return tree | {"daily_survey": {"questions": [survey]}, "peer_reviews": {"criteria": [criterion]}}


@pytest.mark.django_db
def test_the_course_file_carries_a_choice_both_ways(tmp_path: Path):
    criterion = {"key": "depth", "kind": "choice", "label": "Depth", "choices": ["Shallow", "Deep"]}
    course = load_tree(tmp_path, file_with(ROOM, criterion)).course
    assert course.survey_plan.questions[0]["choices"] == LABELS
    assert course.review_plan.questions[0].answer_kind.hint == "Shallow, Deep"
    call_command("export_course", course.slug, str(tmp_path / "out"))
    written = yaml.safe_load((tmp_path / "out" / "course.yaml").read_text())
    assert written["daily_survey"]["questions"][0]["choices"] == LABELS
    assert written["peer_reviews"]["criteria"] == [criterion]


@pytest.mark.django_db
@pytest.mark.parametrize("choices", [["One"], [str(n) for n in range(9)], "Hot", [""]])
def test_a_course_file_with_a_choice_that_cannot_be_is_refused(tmp_path: Path, choices: object):
    criterion = {"key": "depth", "label": "Depth", "max": 5}
    with pytest.raises(CourseFileRefusedError) as refused:
        load_tree(tmp_path, file_with({**ROOM, "choices": choices}, criterion))
    assert "daily_survey.questions[0].choices" in str(refused.value)


def test_a_review_asks_a_choice_and_the_team_reads_bars(cast: Cast):
    talk = factories.talk_of(factories.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    depth = {"key": "depth", "kind": "choice", "label": "Depth", "choices": ["Shallow", "Deep"]}
    ReviewPlan.objects.update(criteria=[*factories.CRITERIA, depth])
    typed = {"content": "4", "clarity": "5", "depth": "2"}
    with pytest.raises(reviews.ReviewRefusedError, match="Choose one of the answers"):
        reviews.submit(talk, by=cast.student, typed={**typed, "depth": "3"}, now=start)
    people = [cast.student, cast.other_student, enroll(cast.course, "Zed Q")]
    for n, person in enumerate(people):
        reviews.submit(talk, by=person, typed={**typed, "depth": "1" if n == 0 else "2"}, now=start)
    staff = client_of(cast.instructor)
    assert (
        "content 4, clarity 5, depth Deep" in staff.get(reverse("talk_reviews", args=[cast.course.slug, talk.pk])).text
    )
    made = feedback.release(talk, now=talk.slots.live().get().meeting.ends_at)
    bars = [{"label": "Shallow", "count": 1, "percent": 33}, {"label": "Deep", "count": 2, "percent": 67}]
    assert made.figures[2] == {"kind": "choice", "label": "Depth", "n": 3, "bars": bars}
    shown = client_of(factories.member(talk.team)).get(reverse("talk_feedback", args=[cast.course.slug, talk.pk])).text
    assert "<b>Deep</b> 2 - 67%" in shown and "4 of 5" in shown
