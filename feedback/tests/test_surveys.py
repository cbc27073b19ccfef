"""A survey opens once, takes each student's answer once, and keeps who and what apart."""

from datetime import timedelta

import pytest
from django.utils.timezone import now as real_now

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Section
from feedback.domain import plans, separation, surveys
from feedback.domain.surveys import AnswersRefusedError, Receipt, State
from feedback.models import Completion, FreeText, ScaleCount, Survey
from feedback.tests import world
from portal.testing import Cast, enroll, make_course

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def survey(cast: Cast) -> Survey:
    world.make_plan(cast.course)
    return world.opened(cast.course)


def answer(survey: Survey, by, now=None, **answers) -> Receipt:
    return surveys.submit_response(survey, by=by, answers={**world.FINE, **answers}, now=now or survey.opened_at)


def counted(survey: Survey, batch="on_time") -> dict[tuple[str, str, int], int]:
    rows = survey.counts.filter(batch=batch, count__gt=0).values_list(
        "question__key", "section__code", "value", "count"
    )
    return {(key, section, value): count for key, section, value, count in rows}


def test_survey_opens_as_class_ends_with_the_plans_questions_and_counters_at_zero(cast: Cast):
    world.make_plan(cast.course)
    monday = cast.course.meetings.get(date="2024-04-08")

    assert surveys.open_due(monday.ends_at - timedelta(seconds=1)) == 0
    assert surveys.open_due(monday.ends_at) == 1
    assert surveys.open_due(monday.ends_at) == 0

    survey = monday.survey
    assert [q.key for q in survey.questions.all()] == ["material", "pace", "question"]
    assert survey.questions.get(key="material").options["anchors"] == {"5": "Equal"}
    assert survey.counts.filter(batch="on_time", count=0).count() == 2 * 2 * 10  # questions, sections, values


def test_classes_long_past_and_cancelled_ones_open_no_survey(cast: Cast):
    world.make_plan(cast.course)
    make_course("no-survey-s24")
    monday = cast.course.meetings.get(date="2024-04-08")
    calendar.cancel_meeting(monday, reason="Snow", now=monday.starts_at)

    assert surveys.open_due(monday.ends_at) == 1  # only Wednesday's before it, due on the 9th since Monday is off

    assert list(Survey.objects.values_list("meeting__date", flat=True)) == [cast.course.meetings.get(number=2).date]


def test_staff_open_by_hand_once_class_has_started(cast: Cast):
    world.make_plan(cast.course)
    monday = cast.course.meetings.get(date="2024-04-08")

    with pytest.raises(DomainError, match="has not started"):
        surveys.open_survey(monday, now=monday.starts_at - MINUTE)
    survey = surveys.open_survey(monday, now=monday.starts_at)

    assert surveys.open_survey(monday, now=monday.ends_at) == survey


def test_survey_opened_after_its_due_time_has_a_day(cast: Cast):
    world.make_plan(cast.course)
    now = cast.course.meetings.get(date="2024-05-06").starts_at

    survey = surveys.open_survey(cast.course.meetings.get(date="2024-04-08"), now=now)

    assert survey.due_at == now + timedelta(hours=24)


def test_survey_is_not_opened_for_a_cancelled_class_nor_without_a_plan_nor_after_the_course(cast: Cast):
    monday = cast.course.meetings.get(date="2024-04-08")
    with pytest.raises(DomainError, match="no daily survey"):
        surveys.open_survey(monday, now=monday.ends_at)
    world.make_plan(cast.course)
    with pytest.raises(DomainError, match="course is over"):
        surveys.open_survey(monday, now=real_now())
    calendar.cancel_meeting(monday, reason="Snow", now=monday.starts_at)
    with pytest.raises(DomainError, match="is cancelled"):
        surveys.open_survey(monday, now=monday.ends_at)


def test_answer_is_counted_in_its_section_and_the_text_stands_alone(cast: Cast, survey: Survey):
    assert answer(survey, cast.student, question="Why?") == Receipt(already=False, is_late=False)
    answer(survey, cast.other_student, pace="1")

    assert counted(survey) == {
        ("material", "CS 101", 7): 1,
        ("pace", "CS 101", 5): 1,
        ("material", "CS 501", 7): 1,
        ("pace", "CS 501", 1): 1,
    }
    assert list(FreeText.objects.values_list("question__key", "batch", "text")) == [("question", "on_time", "Why?")]
    assert set(Completion.objects.values_list("enrollment", "batch")) == {
        (cast.student.pk, "on_time"),
        (cast.other_student.pk, "on_time"),
    }


def test_second_answer_of_one_student_writes_nothing(cast: Cast, survey: Survey):
    answer(survey, cast.student)
    before = counted(survey)

    assert answer(survey, cast.student, material="1", question="Changed") == Receipt(already=True, is_late=False)

    assert counted(survey) == before and not FreeText.objects.exists()


def test_whole_due_minute_is_on_time_and_the_next_is_late(cast: Cast, survey: Survey):
    last = survey.due_at + MINUTE - timedelta(microseconds=1)

    assert not answer(survey, cast.student, now=last).is_late
    assert answer(survey, cast.other_student, now=survey.due_at + MINUTE).is_late
    assert counted(survey, "waiting") == {("material", "CS 501", 7): 1, ("pace", "CS 501", 5): 1}


def test_answer_after_an_early_freeze_is_late_though_it_is_not_due_yet(cast: Cast, survey: Survey):
    separation.freeze(survey, now=survey.opened_at)

    assert answer(survey, cast.student, now=survey.opened_at).is_late
    assert answer(survey, cast.student, now=survey.opened_at) == Receipt(already=True, is_late=True)
    assert counted(survey) == {}


def test_no_answer_after_closing(cast: Cast, survey: Survey):
    assert answer(survey, cast.student, now=survey.closes_at - MINUTE).is_late
    with pytest.raises(DomainError, match="has closed, so these answers were not recorded"):
        answer(survey, cast.other_student, now=survey.closes_at)
    assert Completion.objects.count() == 1


def test_only_students_who_are_still_in_the_course_answer(cast: Cast, survey: Survey):
    elsewhere = enroll(make_course("other-s24"), "Nia Elsewhere")
    dropped = enroll(cast.course, "Dan Dropped")
    type(dropped).objects.filter(pk=dropped.pk).update(dropped_at=survey.opened_at)

    for person in (cast.instructor, cast.assistant, elsewhere, dropped):
        with pytest.raises(DomainError, match="Only the students of the course"):
            answer(survey, person)
    assert not Completion.objects.exists() and counted(survey) == {}


def test_section_that_joined_after_opening_is_counted(cast: Cast, survey: Survey):
    Section.objects.create(course=cast.course, code="CS 601", position=2)
    answer(survey, enroll(cast.course, "Lou Later", section=2))
    answer(survey, enroll(cast.course, "Max Later", section=2))

    assert counted(survey) == {("material", "CS 601", 7): 2, ("pace", "CS 601", 5): 2}


def test_failure_leaves_no_half_answer_and_its_text_quotes_nothing(cast: Cast, survey: Survey, monkeypatch):
    def broken(*args):
        raise ValueError("the disk is full, said Ada")

    monkeypatch.setattr(surveys, "_raise", broken)
    with pytest.raises(surveys.NotRecordedError, match=r"^ValueError$"):
        answer(survey, cast.student)

    assert not Completion.objects.exists() and not FreeText.objects.exists()


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("material", "0", "Choose a whole number from 1 to 10."),
        ("material", "11", "Choose a whole number from 1 to 10."),
        ("material", "5.5", "Choose a whole number from 1 to 10."),
        ("material", "seven", "Choose a whole number from 1 to 10."),
        ("material", "５", "Choose a whole number from 1 to 10."),
        ("material", "1" * 5000, "Choose a whole number from 1 to 10."),
        ("pace", "", "This question needs an answer."),
        ("pace", "   ", "This question needs an answer."),
        ("question", "x" * 100_000, "This text has 100,000 characters; at most 5,000 fit. Please shorten it."),
    ],
)
def test_answer_that_is_no_answer_is_refused_at_its_question_without_being_quoted(
    cast: Cast, survey: Survey, key, typed, sentence
):
    with pytest.raises(AnswersRefusedError) as refused:
        answer(survey, cast.student, **{key: typed})

    assert refused.value.sentences == {key: sentence}
    assert not Completion.objects.exists()


def test_missing_answers_are_named_all_at_once(survey: Survey):
    with pytest.raises(AnswersRefusedError) as refused:
        surveys.check_answers(survey, {})

    assert set(refused.value.sentences) == {"material", "pace"}


def test_text_is_kept_as_written_with_one_kind_of_line_end_and_without_nul(survey: Survey):
    typed = {**world.FINE, "question": " Why\r\nnot <b>R&D</b>?\0 "}

    assert surveys.check_answers(survey, typed)["question"] == "Why\nnot <b>R&D</b>?"
    assert surveys.check_answers(survey, {**world.FINE, "question": "é" * 5_000})["question"] == "é" * 5_000


def test_state_of_a_survey_from_opening_to_closing(cast: Cast, survey: Survey):
    assert surveys.state_of(survey, survey.due_at) == State.OPEN
    assert surveys.state_of(survey, survey.due_at + MINUTE) == State.LATE
    separation.freeze(survey, now=survey.due_at + MINUTE)
    assert surveys.state_of(survey, survey.due_at + MINUTE) == State.FROZEN
    assert surveys.state_of(survey, survey.closes_at) == State.CLOSED


def test_answering_takes_the_same_number_of_queries_however_many_answered(
    cast: Cast, survey: Survey, django_assert_num_queries
):
    people = world.fill(cast.course, 12)
    for person in people[:-1]:
        answer(survey, person)

    with django_assert_num_queries(13):
        answer(survey, cast.student, question="Why?")
    with django_assert_num_queries(13):
        answer(survey, people[-1], question="Why?")


def test_counters_and_completions_agree_for_a_class(cast: Cast, survey: Survey):
    world.answer_all(survey, world.fill(cast.course, 30), seed=1)

    for question in survey.questions.filter(kind="scale"):
        assert sum(ScaleCount.objects.filter(question=question).values_list("count", flat=True)) == 30
    assert survey.completions.count() == 30 and plans.is_locked(survey)
