"""The demo course, alive today: a list of steps, each of which changes nothing when it was taken before."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.course_file.planning import weeks_between
from courses.domain import calendar
from courses.models import Announcement, Course, Role
from credits.domain import codes, past_grants
from feedback.domain import results_import, student_questions
from feedback.models import StudentQuestion, Survey
from portal.course_file.loading import Folder, load, read_folder
from portal.course_file.reading import FILE_NAME

SURVEYS = ("2023-11-16", "2023-11-21")
ANSWERS = "2023-11-21"
NEWS = (
    (
        "2023-11-21",
        "Tutorial 6 is due a week later",
        "You asked for more time with **Aurora Serverless**, and you have it: see Assignments.\n\n"
        "- Stop your database when you are done for the day\n"
        "- Questions are welcome in office hours",
    ),
    (
        "2023-11-22",
        "Presentations begin",
        "The first two teams present in the next class. Please be there from the start.",
    ),
)


@dataclass
class Demo:
    """The demo's folder, moved by so many weeks, and its course once it is loaded."""

    path: Path
    folder: Folder
    now: datetime

    @property
    def course(self) -> Course:
        return Course.objects.get(slug=self.folder.tree["course"]["slug"])

    @property
    def instructor(self) -> User:
        return self.course.enrollments.staff().filter(role=Role.INSTRUCTOR).select_related("user")[0].user

    def day(self, text: str) -> date:
        """A date of the demo's files, moved along."""
        return date.fromisoformat(text) + timedelta(weeks=self.folder.weeks)

    def file(self, name: str) -> bytes | None:
        path = self.path / name
        return path.read_bytes() if path.exists() else None


def read_demo(path: Path, *, around: date, now: datetime) -> Demo:
    """The demo's folder with its newest class in the week of a date; one loaded before keeps its weeks.

    Raises CourseFileRefusedError for a folder that cannot be read.
    """
    folder = read_folder(path, around=around)
    course = Course.objects.filter(slug=folder.tree["course"]["slug"]).first()
    if course:
        written = read_folder(path).tree["course"]["starts_on"]
        folder = read_folder(path, weeks=weeks_between(written, f"{course.starts_on}") or 0)
    return Demo(path, folder, now)


def load_course(demo: Demo) -> str:
    """The course file and its rosters."""
    loaded = load(demo.folder, now=demo.now)
    return f"{FILE_NAME}: " + ("nothing changed" if loaded.is_unchanged else "; ".join(loaded.lines))


def import_surveys(demo: Demo) -> str:
    """The surveys that were held elsewhere, their figures fixed."""
    outcomes = []
    for written in SURVEYS:
        responses, completions = (demo.file(f"survey-{written}-{kind}.csv") for kind in ("responses", "completions"))
        if responses is None:
            continue
        day = demo.day(written)
        outcome = results_import.import_survey(
            demo.course, day, responses=responses, completions=completions, freeze=True, now=demo.now
        )
        outcomes.append(f"{day} {outcome}")
    return "surveys: " + "; ".join(outcomes)


@transaction.atomic
def publish_answers(demo: Demo) -> str:
    """The answers to students' questions, published to the class after the survey's."""
    text = (demo.file(f"answers-{ANSWERS}.md") or b"").decode("utf-8")
    survey = demo.course.surveys.get(meeting__date=demo.day(ANSWERS))
    published = sum(_publish(demo, survey, n, *answer) for n, answer in enumerate(answers_in(text)))
    return f"answers: {published} published"


def answers_in(text: str) -> list[tuple[str, str, str, str]]:
    """The questions of a text, each with its answer, a follow-up question and its answer (both may be empty)."""
    found = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        question, _, rest = part.partition("\n")
        answer, _, further = rest.partition("\n### ")
        follow_up, _, reply = further.partition("\n")
        found.append((question.strip(), answer.strip(), follow_up.strip(), reply.strip()))
    return found


def _publish(demo: Demo, survey: Survey, position: int, wording: str, *texts: str) -> bool:
    asked = survey.student_questions.filter(asked=wording).first()
    question: StudentQuestion = asked or student_questions.ask(survey, wording=wording)
    if question.published_at or question.reply or question.set_aside_at or question.merged_into_id:
        return False
    StudentQuestion.objects.filter(pk=question.pk).update(position=position)  # in the instructor's order
    named = dict(zip(("reply", "follow_up", "follow_up_reply"), texts, strict=True))
    student_questions.edit(question, version=question.version, by=demo.instructor, **named)
    student_questions.publish(question, by=demo.instructor, now=demo.now)
    return True


@transaction.atomic
def tell_news(demo: Demo) -> str:
    """Announcements of the days before, for a course that has none; nobody is mailed about an invented past."""
    if demo.course.announcements.exists():
        return "announcements: nothing changed"
    for written, title, text in NEWS:
        posted_at = calendar.instant(demo.course, demo.day(written), time(18))
        Announcement.objects.create(
            course=demo.course,
            title=title,
            text=text,
            author=demo.instructor,
            created_at=posted_at,
            posted_at=posted_at,
        )
    return f"announcements: {len(NEWS)} created"


def hand_out_credits(demo: Demo) -> str:
    """The fake codes, and the hand-outs of the weeks before, moved along by the wall clock."""
    pool = demo.course.credit_pools.first()
    stock, past = demo.file("credit-codes.csv"), demo.file("credit-grants.csv")
    if pool is None or stock is None or past is None:
        return "credits: none"
    new = codes.import_codes(pool, stock, by=None, now=demo.now).new
    report = past_grants.import_grants(demo.course, _moved(demo, past), by=None, now=demo.now)
    if report.problems:
        raise DomainError("\n".join(report.problems))
    return f"credits: {new} codes and {report.added} hand-outs imported"


def _moved(demo: Demo, hand_outs: bytes) -> bytes:
    """The hand-outs so many weeks later; one that would lie ahead of today happened a moment ago."""
    zone = demo.course.zone

    def later(found: re.Match[str]) -> str:
        local = datetime.fromisoformat(found[0]).astimezone(zone).replace(tzinfo=None)
        moved = (local + timedelta(weeks=demo.folder.weeks)).replace(tzinfo=zone)
        return min(moved, demo.now).isoformat()

    return re.sub(r"\d{4}-\d{2}-\d{2}T[\d:+-]+", later, hand_outs.decode()).encode()


# Later apps add theirs.
STEPS: list[Callable[[Demo], str]] = [load_course, import_surveys, publish_answers, tell_news, hand_out_credits]
