"""What a course file changes, as a plan, and that plan carried out: all of it, or nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import User
from courses.course_file.dates import course_of
from courses.domain.course_plan import ChangeKind, PlaceRefusedError, Plan
from courses.models import Course
from portal.course_file.folder import Folder
from portal.course_file.reading import CourseFileRefusedError, FileProblem
from portal.course_file.registry import OF_APPS_LEFT_OUT, blocks, left_out


@dataclass
class CoursePlan:
    """What every app would do to a course, in order."""

    folder: Folder
    course: Course
    plans: list[Plan]
    is_new: bool
    also_agreed: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing would be written."""
        return not any(change.kind != ChangeKind.LEFT_ALONE for plan in self.plans for change in plan.changes)

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
    return ", ".join(user.name or user.email for user in User.objects.filter(pk__in=users).order_by("sort_name", "pk"))


def plan(folder: Folder, *, now: datetime, also_agreed: bool = False) -> CoursePlan:
    """What loading a folder would do; writes nothing.

    Raises CourseFileRefusedError for what does not fit the course as it stands.
    """
    course = course_of(folder.tree)
    plans = [app.plan(course, folder.tree, now, also_agreed=also_agreed) for app in blocks]
    if problems := [problem for made in plans for problem in made.problems]:
        raise CourseFileRefusedError(folder.reading.problem(problem.path, problem.message) for problem in problems)
    return CoursePlan(folder, course, plans, is_new=course.pk is None, also_agreed=also_agreed)


@transaction.atomic
def apply(shown: CoursePlan, *, now: datetime) -> CoursePlan:
    """Carry a plan out, all of it or nothing; it is made again first, and must not differ from the one shown.

    Raises CourseFileRefusedError where a rule refuses, and if the course has changed since.
    """
    course = course_of(shown.folder.tree)
    if course.pk:
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    made = plan(shown.folder, now=now, also_agreed=shown.also_agreed)
    if made.lines != shown.lines:
        raise _refused("The course was changed while you read the plan. Nothing was written; load it again.")
    if made.is_unchanged:
        return made
    try:
        for app, part in zip(blocks, made.plans, strict=True):
            app.apply(part)
    except PlaceRefusedError as refusal:
        raise CourseFileRefusedError([shown.folder.reading.problem(refusal.path, refusal.message)]) from refusal
    except DomainError as refusal:
        raise _refused(refusal.message) from refusal
    Course.objects.filter(pk=made.course.pk, is_being_made=True).update(is_being_made=False)
    made.course.is_being_made = False
    return made


def load(folder: Folder, *, now: datetime, also_agreed: bool = False) -> CoursePlan:
    """Plan and apply at once, without asking."""
    return apply(plan(folder, now=now, also_agreed=also_agreed), now=now)


def _refused(message: str) -> CourseFileRefusedError:
    return CourseFileRefusedError([FileProblem(1, "", message)])
