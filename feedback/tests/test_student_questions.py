"""A student's question from the inbox to its published answer."""

import pytest

from accounts.errors import DomainError
from feedback.domain import separation, student_questions
from feedback.models import StudentQuestion
from feedback.tests import world
from portal.testing import NOON, Cast, make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def questions(cast: Cast) -> list[StudentQuestion]:
    """Three questions of Monday's class, as freezing brings them."""
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    world.answer_all(survey, world.fill(cast.course, 3), seed=6)
    separation.freeze(survey, now=NOON)
    return list(survey.student_questions.all())


@pytest.fixture
def answered(questions) -> list[StudentQuestion]:
    """The same, each with an answer that is not yet published."""
    StudentQuestion.objects.update(reply="Because.")
    return list(StudentQuestion.objects.order_by("pk"))


def test_without_an_answer_nothing_is_published(cast: Cast, questions):
    with pytest.raises(DomainError, match="no answer yet"):
        student_questions.publish(questions[0], by=cast.instructor.user, now=NOON)

    assert not StudentQuestion.objects.published().exists()


def inbox() -> set[StudentQuestion]:
    return set(StudentQuestion.objects.in_inbox())


def test_edit_keeps_what_was_asked_and_counts_the_version(cast: Cast, questions):
    question = questions[0]
    asked = question.asked

    student_questions.edit(
        question, version=0, by=cast.instructor.user, wording=" Why green? ", reply="Because.", follow_up="And red?"
    )

    question.refresh_from_db()
    assert (question.asked, question.wording, question.reply, question.version) == (asked, "Why green?", "Because.", 1)
    assert question.replied_by == cast.instructor.user


def test_second_of_two_editors_is_told_and_overwrites_nothing(cast: Cast, questions):
    question = questions[0]
    student_questions.edit(question, version=0, by=cast.instructor.user, reply="First")

    with pytest.raises(DomainError, match="Someone else changed this question"):
        student_questions.edit(question, version=0, by=cast.assistant.user, reply="Second")

    assert StudentQuestion.objects.get(pk=question.pk).reply == "First"


@pytest.mark.parametrize("wording", ["", "  ", "x" * 2_001])
def test_wording_must_be_there_and_fit(cast: Cast, questions, wording):
    with pytest.raises(DomainError, match=r"needs words|at most 2,000"):
        student_questions.edit(questions[0], version=0, by=cast.instructor.user, wording=wording)

    assert StudentQuestion.objects.get(pk=questions[0].pk).version == 0


def test_published_with_the_next_held_class_unless_told_otherwise(cast: Cast, answered):
    first, second, _ = answered
    monday = cast.course.meetings.get(date="2024-04-15")

    student_questions.publish(first, by=cast.instructor.user, now=NOON)
    student_questions.publish(second, by=cast.instructor.user, now=NOON, meeting=monday)

    assert first.published_in == cast.course.meetings.get(date="2024-04-10") and first.published_at == NOON
    assert second.published_in == monday
    assert set(StudentQuestion.objects.published()) == {first, second}


def test_publishing_again_keeps_the_first_time_and_unpublishing_returns_it_to_the_inbox(cast: Cast, answered):
    question = answered[0]
    student_questions.publish(question, by=cast.instructor.user, now=NOON)
    student_questions.publish(question, by=cast.instructor.user, now=cast.course.created_at)
    assert question.published_at == NOON

    student_questions.unpublish(question)

    assert question in inbox() and question.published_in is None


def test_class_of_another_course_is_refused(cast: Cast, answered):
    elsewhere = make_course("other-s24").meetings.first()

    with pytest.raises(DomainError, match="class of this course"):
        student_questions.publish(answered[0], by=cast.instructor.user, now=NOON, meeting=elsewhere)


def test_merged_questions_leave_the_inbox_together_and_come_back_one_by_one(cast: Cast, questions):
    first, second, third = questions
    student_questions.merge(second, third)
    student_questions.merge(third, first)

    assert inbox() == {first}
    assert {question.merged_into for question in StudentQuestion.objects.exclude(pk=first.pk)} == {first}

    second.refresh_from_db()
    student_questions.unmerge(second)
    assert inbox() == {first, second}


def test_merging_into_itself_into_a_merged_one_or_a_published_one_away_is_refused(cast: Cast, answered):
    first, second, third = answered
    with pytest.raises(DomainError, match="another question"):
        student_questions.merge(first, first)
    student_questions.merge(second, third)
    with pytest.raises(DomainError, match="itself merged"):
        student_questions.merge(first, second)
    with pytest.raises(DomainError, match="publish the one it went into"):
        student_questions.publish(second, by=cast.instructor.user, now=NOON)
    student_questions.publish(first, by=cast.instructor.user, now=NOON)
    with pytest.raises(DomainError, match="is published; take it back before merging"):
        student_questions.merge(first, third)


def test_set_aside_and_taken_back(cast: Cast, answered):
    student_questions.set_aside(answered[0], now=NOON)
    assert answered[0] not in inbox()
    student_questions.take_back(answered[0])
    assert answered[0] in inbox()

    student_questions.publish(answered[0], by=cast.instructor.user, now=NOON)
    with pytest.raises(DomainError, match="is published"):
        student_questions.set_aside(answered[0], now=NOON)


def test_question_asked_by_hand_stands_last(cast: Cast, questions):
    asked = student_questions.ask(questions[0].survey, wording=" Heard in class ")

    assert (asked.asked, asked.position, asked in inbox()) == ("Heard in class", 3, True)
    with pytest.raises(DomainError, match="needs words"):
        student_questions.ask(questions[0].survey, wording=" ")


def test_long_text_is_kept_whole_and_worded_within_its_limit(cast: Cast):
    world.make_plan(cast.course)
    survey = world.opened(cast.course)
    survey.texts.create(question=survey.questions.get(key="question"), text="x" * 5_000)

    separation.freeze(survey, now=NOON)

    question = survey.student_questions.get()
    assert (len(question.asked), len(question.wording)) == (5_000, 2_000)
