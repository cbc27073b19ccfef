"""The recap on the web: while a survey is open, a number and nothing else; frozen, everything at once."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse

from courses.models import Enrollment
from feedback.domain import separation, student_questions, surveys
from feedback.models import StudentQuestion, Survey
from feedback.tests.world import fill, make_plan
from portal.testing import Cast, client_of

MONDAY = datetime(2024, 4, 8, 17, 45, tzinfo=UTC)
WEDNESDAY = datetime(2024, 4, 10, 17, 45, tzinfo=UTC)
SECRET = "What is a pod, in plain words?"


def answered(
    cast: Cast, people: list[Enrollment], day: str, now: datetime, values: list[int], text: str = ""
) -> Survey:
    survey = surveys.open_survey(cast.course.meetings.get(date=day), now=now)
    for number, (person, value) in enumerate(zip(people, values, strict=True)):
        typed = {"material": value, "pace": 5, "question": text if number == 0 else ""}
        surveys.submit_response(survey, by=person, answers=typed, now=now)
    return survey


@pytest.fixture
def people(cast: Cast) -> list[Enrollment]:
    make_plan(cast.course)
    return fill(cast.course, 12)


def url(name: str, survey: Survey) -> str:
    return reverse(name, kwargs={"course_slug": survey.course.slug, "date": survey.meeting.date})


def test_while_open_staff_see_how_many_and_nothing_else(cast: Cast, people: list[Enrollment]):
    survey = answered(cast, people, "2024-04-08", MONDAY, [7] * 12, SECRET)
    client = client_of(cast.instructor)
    pages = [
        url("survey_recap", survey),
        reverse("feedback", args=[cast.course.slug]),
        reverse("inbox", args=[cast.course.slug]),
    ]
    shown = "".join(client.get(page).content.decode() for page in pages)
    assert "12" in shown
    assert SECRET not in shown
    assert "7.00" not in shown
    assert not any(person.user.name in shown for person in people)


def test_a_dropped_student_is_not_among_those_who_took_part_so_far(cast: Cast, people: list[Enrollment]):
    survey = answered(cast, people, "2024-04-08", MONDAY, [7] * 12)
    cast.course.enrollments.filter(pk__in=[person.pk for person in people[:3]]).update(dropped_at=MONDAY)
    client = client_of(cast.instructor)
    assert "9 of 11 took part so far" in client.get(reverse("feedback", args=[cast.course.slug])).text
    assert '<b>9</b> <span class="was">of 11' in client.get(url("survey_recap", survey)).text


def test_frozen_figures_stand_beside_those_of_the_class_before(cast: Cast, people: list[Enrollment]):
    before = answered(cast, people, "2024-04-08", MONDAY, [8] * 12)
    separation.freeze(before, now=MONDAY)
    survey = answered(cast, people, "2024-04-10", WEDNESDAY, [2, 4] * 6, SECRET)
    separation.freeze(survey, now=WEDNESDAY)
    page = client_of(cast.assistant).get(url("survey_recap", survey)).content.decode()
    for words in ("3.00", "previous 8.00", "a clear change", "↓", SECRET, "12/14 - 85.7%"):
        assert words in page
    assert "<svg" in page
    in_class = client_of(cast.assistant).get(url("recap_in_class", survey)).content.decode()
    assert "3.00" in in_class
    assert SECRET not in in_class  # not published yet


def test_a_section_too_small_is_not_shown(cast: Cast, people: list[Enrollment]):
    survey = answered(cast, people[:7], "2024-04-08", MONDAY, [7] * 7)
    separation.freeze(survey, now=MONDAY)
    client = client_of(cast.instructor)
    for section in cast.course.sections.all():
        page = client.get(url("survey_recap", survey), {"section": section.code}).content.decode()
        assert "Not shown" in page
        assert "7.00" not in page
    assert "7.00" in client.get(url("survey_recap", survey)).content.decode()


def test_freezing_by_hand_happens_once(cast: Cast, people: list[Enrollment], client):
    survey = answered(cast, people, "2024-04-08", MONDAY, [7] * 12)
    staff = client_of(cast.instructor)
    staff.post(url("freeze_survey", survey))
    survey.refresh_from_db()
    first = survey.frozen_at
    staff.post(url("freeze_survey", survey))
    survey.refresh_from_db()
    assert first is not None
    assert survey.frozen_at == first
    assert client_of(cast.assistant).post(url("freeze_survey", survey)).status_code == 403


def test_a_class_without_survey_has_no_figures(cast: Cast, people: list[Enrollment]):
    page = client_of(cast.instructor).get(reverse("survey_recap", args=[cast.course.slug, "2024-04-10"]))
    assert page.status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_classes_asks_as_often_for_one_survey_as_for_three(
    cast: Cast, people: list[Enrollment], count: int, django_assert_num_queries
):
    days = [("2024-04-08", MONDAY), ("2024-04-10", WEDNESDAY), ("2024-04-15", datetime(2024, 4, 15, 18, tzinfo=UTC))]
    for day, now in days[:count]:
        separation.freeze(answered(cast, people, day, now, [6] * 12), now=now)
    client = client_of(cast.instructor)
    page = reverse("feedback", args=[cast.course.slug])
    client.get(page)
    with django_assert_num_queries(11):
        client.get(page)


@pytest.fixture
def question(cast: Cast, people: list[Enrollment]) -> StudentQuestion:
    survey = answered(cast, people, "2024-04-08", MONDAY, [7] * 12, SECRET)
    separation.freeze(survey, now=MONDAY)
    return survey.student_questions.get()


def reply_to(question: StudentQuestion, **changes: object) -> dict[str, object]:
    texts = {"wording": question.wording, "reply": "- a\n  - b", "follow_up": "", "follow_up_reply": ""}
    return {**texts, "version": question.version, **changes}


def test_a_question_goes_from_the_inbox_to_its_published_answer(cast: Cast, question: StudentQuestion):
    staff, student = client_of(cast.assistant), client_of(cast.student)
    feedback = reverse("feedback", args=[cast.course.slug])
    where = reverse("student_question", args=[cast.course.slug, question.pk])
    assert SECRET in staff.get(reverse("inbox", args=[cast.course.slug])).content.decode()
    assert staff.post(where, reply_to(question)).status_code == 302
    assert SECRET not in student.get(feedback).content.decode()
    meeting = student_questions.default_meeting(question)
    question.refresh_from_db()
    assert staff.post(where, reply_to(question, publish="yes", reply="", meeting=meeting.pk)).status_code == 422
    assert SECRET not in student.get(feedback).content.decode()
    staff.post(where, reply_to(question, publish="yes", meeting=meeting.pk))
    shown = student.get(feedback).content.decode()
    assert SECRET in shown
    assert "Feedback from 4/8" in shown
    assert (
        shown.partition("<article")[2].partition("</article>")[0].count("<ul>") == 2
    )  # the answer's nested list keeps its levels
    staff.post(reverse("unpublish_question", args=[cast.course.slug, question.pk]))
    assert SECRET not in student.get(feedback).content.decode()


def test_of_two_staff_editing_the_second_is_told_and_keeps_what_was_typed(cast: Cast, question: StudentQuestion):
    where = reverse("student_question", args=[cast.course.slug, question.pk])
    client_of(cast.instructor).post(where, reply_to(question, reply="The first answer."))
    page = client_of(cast.assistant).post(where, reply_to(question, reply="The second answer."))
    assert page.status_code == 422
    assert "Someone else changed this question" in page.content.decode()
    assert "The second answer." in page.content.decode()
    question.refresh_from_db()
    assert question.reply == "The first answer."


def test_an_unpublished_question_is_not_there_for_students(cast: Cast, question: StudentQuestion):
    page = reverse("published_question", args=[cast.course.slug, question.pk])
    assert client_of(cast.student).get(page).status_code == 404
    student_questions.edit(question, version=question.version, by=cast.assistant.user, reply="A pod is a group.")
    student_questions.publish(question, by=cast.assistant.user, now=MONDAY)
    assert "A pod is a group." in client_of(cast.student).get(page).content.decode()
    assert client_of(cast.stranger).get(page).status_code == 404


def test_how_a_question_is_answered_is_for_staff(cast: Cast, question: StudentQuestion):
    where = reverse("student_question", args=[cast.course.slug, question.pk])
    assert client_of(cast.student).get(where).status_code == 403
    assert client_of(cast.stranger).get(where).status_code == 404


def test_the_plan_is_saved_with_its_questions_and_a_bad_scale_is_refused_with_all_kept(
    cast: Cast, people: list[Enrollment]
):
    where = reverse("survey_plan", args=[cast.course.slug])
    staff = client_of(cast.instructor)
    form = staff.get(where).context["form"].initial
    typed = {name: value for name, value in form.items() if value is not None} | {
        "questions-TOTAL_FORMS": 1,
        "questions-INITIAL_FORMS": 0,
        "questions-0-key": "mood",
        "questions-0-kind": "scale",
        "questions-0-prompt": "How was the mood?",
        "questions-0-required": "on",
        "questions-0-min": "0",
        "questions-0-max": "4",
        "questions-0-anchors": "0: Low\n4: High",
    }
    refused = staff.post(where, {**typed, "questions-0-max": "40"})
    assert refused.status_code == 422
    assert "How was the mood?" in refused.content.decode()
    assert staff.post(where, typed).status_code == 302
    cast.course.survey_plan.refresh_from_db()
    assert [(q["key"], q["min"], q["max"]) for q in cast.course.survey_plan.questions] == [("mood", 0, 4)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"questions-0-anchors": "²: High"}, None),
        ({"questions-0-anchors": "--1: Low"}, None),
        ({"reminder_days": "400"}, None),
        ({"questions-0-points": "1e2"}, "100"),
        ({"questions-0-points": "-0"}, "0"),
    ],
)
def test_numbers_in_the_plan_are_taken_as_a_course_file_spells_them(
    cast: Cast, people: list[Enrollment], typed: dict[str, str], kept: str | None
):
    answer = client_of(cast.instructor).post(
        reverse("survey_plan", args=[cast.course.slug]),
        {
            "title": "Daily",
            "points": "1",
            "due_days": "1",
            "due_time": "20:59:30",
            "closes": "course end",
            "reminder_days": "0",
            "reminder_time": "09:00",
            "questions-TOTAL_FORMS": 1,
            "questions-INITIAL_FORMS": 0,
            "questions-0-key": "mood",
            "questions-0-kind": "scale",
            "questions-0-prompt": "How?",
            "questions-0-min": "0",
            "questions-0-max": "4",
            **typed,
        },
    )
    cast.course.survey_plan.refresh_from_db()
    if kept is None:
        assert answer.status_code == 422 and len(cast.course.survey_plan.questions) == 3
    else:
        assert cast.course.survey_plan.questions[0]["points"] == kept
        assert cast.course.survey_plan.due_time == time(20, 59)
