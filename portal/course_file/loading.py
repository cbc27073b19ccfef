"""A folder with a course file, read and checked; what it changes, as a plan; that plan carried out, all or nothing."""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path as FilePath
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.course_file.rules import newest_class, with_previous
from courses.domain import calendar
from courses.domain.course_plan import ChangeKind, CourseTree, PlaceRefusedError, Plan
from courses.domain.course_schema import Schema, mapped, parts
from courses.models import Course
from courses.models.meeting import monday
from portal.course_file import checking
from portal.course_file.checking import OF_APPS_LEFT_OUT, blocks, file_schema, left_out
from portal.course_file.reading import FILE_NAME, MAX_BYTES, CourseFileRefusedError, FileProblem, Reading, read


@dataclass
class Folder:
    """A course file whose values are canonical, with the lines they stood on; `weeks` is how far its dates moved."""

    tree: CourseTree
    reading: Reading
    weeks: int = 0


def read_folder(path: FilePath, *, around: date | None = None, weeks: int = 0) -> Folder:
    """Read and check a folder, its dates moved by `weeks`, or so that its newest class is in the week of `around`.

    Raises CourseFileRefusedError with every problem.
    """
    schema = file_schema()
    reading = read(_bytes(path / FILE_NAME), schema)
    problems, tree = checking.schema_problems(reading)
    tree.files.update(_files(path, tree, schema))
    problems += checking.rule_problems(reading, tree)
    if problems:
        raise CourseFileRefusedError(problems)
    folder = Folder(_moveable(tree), reading)
    weeks = weeks_to(folder.tree, around) if around else weeks
    return _moved(folder, weeks, schema) if weeks else folder


def _moveable(tree: CourseTree) -> CourseTree:
    """The tree without dates in words: an agenda that means the class before says so."""
    return CourseTree({**tree, "meetings": with_previous(tree["meetings"])}, tree.files)


def _moved(folder: Folder, weeks: int, schema: Schema) -> Folder:
    try:
        tree = CourseTree(shifted(dict(folder.tree), schema, weeks), folder.tree.files)
    except DomainError as refusal:
        raise CourseFileRefusedError([FileProblem(1, "", refusal.message)]) from None
    if problems := checking.rule_problems(folder.reading, tree):
        raise CourseFileRefusedError(problems)
    return Folder(tree, folder.reading, weeks)


def _bytes(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CourseFileRefusedError([FileProblem(1, "", f"{path.name} cannot be read: {error.strerror}.")]) from None


def _files(folder: FilePath, tree: CourseTree, schema: Schema) -> dict[str, bytes]:
    """The files beside the course file that it names, as far as they are there."""
    named = {folder / value for _, value, part in parts(dict(tree), schema) if part.get("format") == "file-name"}
    return {path.name: path.read_bytes() for path in named if path.is_file() and os.access(path, os.R_OK)}


def weeks_to(tree: CourseTree, day: date) -> int:
    """How many weeks bring the week (from Monday) of the newest class of a canonical tree onto the week of a date."""
    return (monday(day) - monday(newest_class(tree))).days // 7


def shifted(value: Any, schema: Schema, weeks: int) -> Any:
    """A canonical value so many weeks later: every date goes along, every wall-clock time stays.

    Raises DomainError if that leaves the years a course can lie in.
    """

    def shift(value: Any, schema: Schema) -> Any:
        kind = schema.get("format")
        if not isinstance(value, str) or schema.get("x-fixed") or kind not in ("course-date", "course-datetime"):
            return value
        day, _, clock = value.partition(" ")
        return f"{_later(date.fromisoformat(day), weeks)} {clock}".rstrip()

    return mapped(value, schema, shift)


def _later(day: date, weeks: int) -> date:
    try:
        moved = day + timedelta(weeks=weeks)
    except OverflowError:
        moved = date.max
    if moved.year not in calendar.YEARS:
        raise DomainError(
            f"Moved by {weeks} weeks, {day} leaves the years {calendar.YEARS[0]} to {calendar.YEARS[-1]}."
        )
    return moved


@dataclass
class CoursePlan:
    folder: Folder
    course: Course
    plans: list[Plan]
    is_new: bool
    also_agreed: bool = False

    @property
    def is_unchanged(self) -> bool:
        return all(plan.is_unchanged for plan in self.plans)

    @property
    def lines(self) -> list[str]:
        """The plan as it is printed: what changes, what stays, what to know, and who is mailed."""
        changes = [change for plan in self.plans for change in plan.changes]
        kinds = list(ChangeKind)
        lines = [str(change) for change in sorted(changes, key=lambda change: kinds.index(change.kind))]
        lines += [f"note: {warning}" for plan in self.plans for warning in plan.warnings]
        for name in left_out(self.folder.tree):
            where = str(self.folder.reading.problem((name,), "")).partition(",")[0]
            app = OF_APPS_LEFT_OUT[name]
            lines.append(f'{name}, {where}: not installed, so left alone ("{app}" in INSTALLED_APPS).')
        if self.is_unchanged:
            return lines
        if self.is_new:
            return [*lines, "nobody is mailed: the course is new"]
        mailings = [mailing for plan in self.plans for mailing in plan.mailings if mailing.users]
        lines += [f"mail to {_people(mailing.users)}: {mailing.about}" for mailing in mailings]
        return lines if mailings else [*lines, "nobody is mailed"]


def _people(users: frozenset[int]) -> str:
    """Who they are if they are few, else how many."""
    if len(users) > 5:
        return f"{len(users)} people"
    return ", ".join(user.name or user.email for user in User.objects.filter(pk__in=users).order_by("sort_key", "pk"))


def plan(folder: Folder, *, now: datetime, also_agreed: bool = False) -> CoursePlan:
    """What loading a folder would do; writes nothing.

    Raises CourseFileRefusedError for what does not fit the course as it stands.
    """
    course = _course_of(folder)
    plans = [app.plan(course, folder.tree, now, also_agreed=also_agreed) for app in blocks]
    if problems := [problem for made in plans for problem in made.problems]:
        raise CourseFileRefusedError(folder.reading.problem(problem.path, problem.message) for problem in problems)
    return CoursePlan(folder, course, plans, is_new=course.pk is None, also_agreed=also_agreed)


def _course_of(folder: Folder) -> Course:
    slug = folder.tree["course"]["slug"]
    return Course.objects.filter(slug=slug).first() or Course(slug=slug)


@transaction.atomic
def apply(shown: CoursePlan, *, now: datetime) -> CoursePlan:
    """Carry a plan out, all of it or nothing; it is made again first, and must not differ from the one shown.

    Raises CourseFileRefusedError where a rule refuses, and if the course has changed since.
    """
    course = _course_of(shown.folder)
    if course.pk:
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    made = plan(shown.folder, now=now, also_agreed=shown.also_agreed)
    if made.lines != shown.lines:
        raise _refused("The course was changed while you read the plan. Nothing was written; load it again.")
    if made.is_unchanged:
        return made
    try:
        for app, part in zip(blocks, made.plans, strict=True):
            if not part.is_unchanged:
                app.apply(part)
    except PlaceRefusedError as refusal:
        raise CourseFileRefusedError([shown.folder.reading.problem(refusal.path, refusal.message)]) from refusal
    except DomainError as refusal:
        raise _refused(refusal.message) from refusal
    Course.objects.filter(pk=made.course.pk, is_being_made=True).update(is_being_made=False)
    made.course.is_being_made = False
    return made


def load(folder: Folder, *, now: datetime, also_agreed: bool = False) -> CoursePlan:
    return apply(plan(folder, now=now, also_agreed=also_agreed), now=now)


def _refused(message: str) -> CourseFileRefusedError:
    return CourseFileRefusedError([FileProblem(1, "", message)])
