"""What the browser looks at: the demo's course around November 28, 2023, and a course without anything."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from accounts.models import User
from courses.domain import announcements, assignments, roster
from courses.models import Course, Enrollment, Role
from feedback.domain import results_import, separation, student_questions, surveys
from mail.domain import mailbox, preferences
from mail.models import Message
from mail.tasks import send_due
from portal.testing import enroll
from portal.tests.routes import Route
from portal.tests.world import row_behind

DEMO = Path(settings.BASE_DIR) / "demo"
BEFORE_CLASS = datetime(2023, 11, 28, 23, 2, tzinfo=UTC)  # 3:02 pm in the course
AFTER_CLASS = datetime(2023, 11, 29, 1, 45, tzinfo=UTC)  # 5:45 pm: class is over, its survey open
L15, L16, L17, L18 = date(2023, 11, 16), date(2023, 11, 21), date(2023, 11, 28), date(2023, 11, 30)
FINE = {"material": "7", "pace": "5", "question": ""}
ROSTER = "Student,ID,SIS Login ID,Section\n{}"


@dataclass
class Place:
    """One course with the people who look at it, and what the names in an address stand for."""

    course: Course
    student: Enrollment
    instructor: Enrollment
    names: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)  # addresses that show a page in another state

    def path_of(self, route: Route) -> str | None:
        """The address of a route, or None where this course has no row for it."""
        row = self.rows.get(row_behind(route.name))
        known = {"course_slug": self.course.slug, "pk": row and row.pk, **self.names}
        if any(known.get(name) is None for name in route.wants):
            return None
        return reverse(route.name, kwargs={name: known[name] for name in route.wants})

    def path(self, name: str, **kwargs: Any) -> str:
        """The address of a page of this course by its name."""
        return reverse(name, kwargs={"course_slug": self.course.slug, **kwargs})


def oracle() -> Place:
    """The demo's course with both surveys frozen and the two questions answered, as on the day of L17."""
    call_command("load_course", str(DEMO), stdout=StringIO(), stderr=StringIO())
    course = Course.objects.get(slug="tcss562-f23")
    for day in (L15, L16):
        said, who = (DEMO / f"survey-{day}-{what}.csv" for what in ("responses", "completions"))
        completions = who.read_bytes() if who.exists() else None
        results_import.import_survey(
            course, day, responses=said.read_bytes(), completions=completions, now=BEFORE_CLASS
        )
        survey = course.surveys.get(meeting__date=day)
        separation.freeze(survey, now=survey.due_at + timedelta(seconds=30))
    took_part = course.enrollments.students().filter(completions__survey__meeting__date=L16)
    student = took_part.select_related("user").order_by("user__sort_name")[0]
    return Place(course, student, course.enrollments.get(role=Role.INSTRUCTOR), names={"date": L16})


def answer_questions(place: Place, *, publish: int) -> None:
    """Give each question of L16 its answer from the demo's file, and publish the first of them."""
    by = place.instructor.user
    answers = re.split(r"^## ", (DEMO / f"answers-{L16}.md").read_text(), flags=re.MULTILINE)[1:]
    for asked, reply in (part.split("\n", 1) for part in answers):
        question = place.course.student_questions.get(asked=asked.strip())
        reply, *follow_up = reply.split("\n### ")
        texts = {"reply": reply.strip()}
        if follow_up:
            texts["follow_up"], texts["follow_up_reply"] = map(str.strip, follow_up[0].split("\n", 1))
        student_questions.edit(question, version=question.version, by=by, **texts)
        if publish > 0:
            student_questions.publish(question, by=by, now=BEFORE_CLASS)
            publish -= 1


def lived_in(place: Place) -> Place:
    """The same course with something in every corner: all that a page can show is there to be looked at."""
    course, by = place.course, place.instructor.user
    answer_questions(place, publish=1)
    _open_and_answer(place)
    survey = course.surveys.get(meeting__date=L16)
    waiting, same, aside = (
        student_questions.ask(survey, wording=words)
        for words in ("Is Lambda a container?", "So is Lambda a container then?", "Will there be cake?")
    )
    student_questions.merge(same, waiting)
    student_questions.set_aside(aside, now=AFTER_CLASS)
    posted = announcements.write_announcement(
        course, title="Room change", text="We meet in **JOY 210**:\n\n- bring laptops", by=by, now=AFTER_CLASS
    )
    announcements.post_announcement(posted, now=AFTER_CLASS)
    draft = announcements.write_announcement(course, title="Final week", text="Soon.", by=by, now=AFTER_CLASS)
    tutorial = course.assignments.get(name="Tutorial 7")
    assignments.move_due_date(tutorial, to=AFTER_CLASS + timedelta(days=3), now=AFTER_CLASS)
    content = ROSTER.format('"Newcomer, Nina",1,nnewcomer,TCSS 462 A\n"Nobody, Ned",2,nnobody,CSS 999\n')
    place.rows |= {
        "question": waiting,
        "published": course.student_questions.published()[0],
        "announcement": draft,
        "assignment": tutorial,
        "staff": course.enrollments.get(role=Role.ASSISTANT),
        "weekly_time": course.weekly_times.first(),
        "no_class_day": course.no_class_days.first(),
        "roster_import": roster.preview(course, "roster.csv", content.encode(), by=by, now=AFTER_CLASS),
    }
    send_due(AFTER_CLASS.isoformat())
    parked = Message.objects.filter(recipient=place.student.user)
    parked.update(state=Message.State.PARKED, last_error="550 no such mailbox")
    place.rows["letter"] = parked[0]
    place.names |= {
        "name": mailbox.newest()[0].name,
        "token": preferences.token_of(by, "announcement"),
        "kind": "announcement",
    }
    place.more += [
        place.path("survey_recap", date=L15),
        place.path("survey_recap", date=L17),
        place.path("survey_recap", date=L16) + "?section=TCSS%20562",
        place.path("survey", date=L17),
        place.path("survey", date=L15),
        place.path("survey", date=L18),
        place.path("meeting", date=L17),
        place.path("agenda_edit", date=L17),
        place.path("student_question", pk=place.rows["published"].pk),
    ]
    return place


def _open_and_answer(place: Place) -> None:
    meeting = place.course.meetings.get(date=L17)
    survey = surveys.open_survey(meeting, now=meeting.ends_at)
    others = place.course.enrollments.students().exclude(pk=place.student.pk).order_by("pk")[:23]
    for person in others:
        surveys.submit_response(survey, by=person, answers=surveys.check_answers(survey, FINE), now=AFTER_CLASS)


def empty(teacher: Enrollment) -> Place:
    """A course on its first day: a name, someone who teaches another one too, a student, and nothing else."""
    course = Course.objects.create(
        slug="new-w24",
        code="NEW 100",
        title="Not Begun Yet",
        term="Winter 2024",
        timezone="America/Los_Angeles",
        starts_on=date(2023, 11, 20),
        ends_on=date(2024, 3, 15),
        meetings_first_on=date(2023, 11, 20),
        meetings_last_on=date(2024, 3, 8),
    )
    course.sections.create(code="NEW 100", position=0)
    instructor = course.enrollments.create(user=teacher.user, role=Role.INSTRUCTOR)
    return Place(course, enroll(course, "Nia Novice"), instructor)


def nobody() -> User:
    """Someone whom no course knows."""
    return User.objects.create_user("sam.stranger@elsewhere.example", "Sam Stranger")
