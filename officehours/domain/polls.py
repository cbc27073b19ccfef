from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from math import comb

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import publishing
from courses.models import Course, Enrollment
from courses.models.meeting import Weekday
from officehours.domain import series
from officehours.domain.series import Terms
from officehours.models import AvailabilityPoll, HoursSeries, PollAnswer

YES, MAYBE = "yes", "maybe"
FEWEST = 5  # of fewer answers nothing is shown
WINDOWS_MAX = 60  # so many a page can ask about
MOST_SETS = 40_000  # tried one by one; more are built up window by window


@dataclass(frozen=True)
class PollWindow:
    weekday: int
    start: time
    end: time

    @property
    def key(self) -> str:
        """How an answer names it: "1 14:30"."""
        return f"{self.weekday} {self.start:%H:%M}"

    @property
    def day(self) -> str:
        return str(Weekday(self.weekday).label)


@dataclass(frozen=True)
class Reach:
    """How many of a group a set of windows reaches; None where the group is too small to be shown."""

    name: str
    reached: int | None
    answered: int | None


@dataclass(frozen=True)
class Best:
    windows: tuple[PollWindow, ...]
    reached: int
    sections: list[Reach]

    @property
    def keys(self) -> str:
        return ",".join(window.key for window in self.windows)


@dataclass(frozen=True)
class Result:
    """What a poll says; while it is open, or without five answers, only how many there are."""

    answered: int
    students: int
    best: list[Best]


@dataclass(frozen=True)
class PollView:
    poll: AvailabilityPoll
    is_answered: bool = False
    result: Result | None = None


@transaction.atomic
def ask(
    course: Course, *, question: str, weekdays: Iterable[int], start: time, end: time, minutes: int, now: datetime
) -> AvailabilityPoll:
    publishing.check(question)
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk))
    grid = {"weekdays": sorted(weekdays), "start": start, "end": end, "minutes": minutes}
    same = course.availability_polls.filter(closed_at=None, question=question, **grid).first()
    return same or AvailabilityPoll.objects.create(course=course, question=question, **grid, opened_at=now)


def windows_of(poll: AvailabilityPoll) -> list[PollWindow]:
    step, found = timedelta(minutes=poll.minutes), []
    for weekday in poll.weekdays:
        start, last = datetime.combine(date.min, poll.start), datetime.combine(date.min, poll.end)
        while start + step <= last:
            found.append(PollWindow(weekday, start.time(), (start + step).time()))
            start += step
    return found


@transaction.atomic
def answer(poll: AvailabilityPoll, *, by: Enrollment, given: Mapping[str, str]) -> PollAnswer:
    """Say when one could come; saying it again replaces it. Raises DomainError for no time, and once it is closed."""
    still_open = AvailabilityPoll.objects.select_for_update(no_key=True).filter(pk=poll.pk, closed_at=None)
    if not list(still_open.values_list("pk")):
        raise DomainError("This poll is closed; what you said before it closed still counts.")
    keys = (window.key for window in windows_of(poll))
    windows = {key: given[key] for key in keys if given.get(key) in (YES, MAYBE)}
    if not windows:
        raise DomainError("You marked no time. If none suits you, ask for an appointment instead; nothing was noted.")
    return PollAnswer.objects.update_or_create(poll=poll, student=by, defaults={"windows": windows})[0]


def grid_of(poll: AvailabilityPoll) -> list[list[PollWindow]]:
    """A row for each time, with the weekdays beside each other."""
    rows: dict[time, list[PollWindow]] = {}
    for window in windows_of(poll):
        rows.setdefault(window.start, []).append(window)
    return list(rows.values())


def result_of(poll: AvailabilityPoll) -> Result:
    """How many answered; once the poll is closed also its best one, two and three windows.

    Figures that followed each answer would tell that answer, so there are none while it is open.
    """
    if poll.closed_at is None:
        return Result(_of_present(poll).count(), _students(poll), [])
    counted = poll.answers.filter(counts=True)
    answers = list(counted.select_related("student__section").order_by("pk"))
    windows = windows_of(poll) if len(answers) >= FEWEST else []
    sets = [best(windows, answers, k) for k in (1, 2, 3) if k <= len(windows)]
    return Result(len(answers), poll.students or 0, sets)


def _of_present(poll: AvailabilityPoll) -> QuerySet[PollAnswer]:
    return poll.answers.filter(student__dropped_at=None)


def _students(poll: AvailabilityPoll) -> int:
    return poll.course.enrollments.students().count()


@dataclass(frozen=True)
class _Marked:
    """A window with who can come to it, and who gladly: a bit for each answer."""

    window: PollWindow
    can: int
    gladly: int


def best(windows: Sequence[PollWindow], answers: Sequence[PollAnswer], k: int) -> Best:
    """The set of k windows that reaches most; of equal ones, that with most wholehearted answers, then the earliest."""
    marked = [_marked(window, answers) for window in windows]
    if comb(len(marked), k) <= MOST_SETS:
        chosen = max(combinations(marked, k), key=_worth)
    else:
        chosen = ()
        while len(chosen) < k:
            left = [window for window in marked if window not in chosen]
            chosen = (*chosen, max(((*chosen, window) for window in left), key=_worth)[-1])
    some = tuple(marked.window for marked in chosen)
    return Best(some, _reached(some, answers), _sections(some, answers))


def _marked(window: PollWindow, answers: Sequence[PollAnswer]) -> _Marked:
    choices = [answer.windows.get(window.key) for answer in answers]
    can = sum(1 << n for n, choice in enumerate(choices) if choice is not None)
    return _Marked(window, can, sum(1 << n for n, choice in enumerate(choices) if choice == YES))


def _worth(some: Sequence[_Marked]) -> tuple[int, int]:
    """How many these reach, and how many gladly: of sets there are tens of thousands, so each is only bits."""
    can = gladly = 0
    for window in some:
        can |= window.can
        gladly |= window.gladly
    return can.bit_count(), gladly.bit_count()


def _reached(some: Sequence[PollWindow], answers: Iterable[PollAnswer]) -> int:
    keys = [window.key for window in some]
    return sum(any(key in answer.windows for key in keys) for answer in answers)


def _sections(some: Sequence[PollWindow], answers: Sequence[PollAnswer]) -> list[Reach]:
    """How many of each section are reached. Sections under five are hidden, with others until they are five people.

    So what is hidden, all less what is shown, is never of fewer.
    """
    groups: dict[str, list[PollAnswer]] = {}
    for answer in answers:
        section = answer.student.section
        groups.setdefault(section.code if section else "", []).append(answer)
    by_size = sorted(groups, key=lambda code: len(groups[code]))
    hidden = [code for code in by_size if len(groups[code]) < FEWEST]
    while hidden and len(hidden) < len(by_size) and (len(hidden) < 2 or _people(groups, hidden) < FEWEST):
        hidden = by_size[: len(hidden) + 1]
    return [
        Reach(code, None, None) if code in hidden else Reach(code, _reached(some, groups[code]), len(groups[code]))
        for code in sorted(groups)
    ]


def _people(groups: Mapping[str, list[PollAnswer]], some: Iterable[str]) -> int:
    return sum(len(groups[code]) for code in some)


@transaction.atomic
def close(poll: AvailabilityPoll, *, now: datetime) -> None:
    """Take no more answers; those of people who are in the course now count, whoever leaves later. Twice is once."""
    still_open = AvailabilityPoll.objects.filter(pk=poll.pk, closed_at=None)
    if still_open.update(closed_at=now, students=poll.students or _students(poll)):
        _of_present(poll).update(counts=True)
    poll.refresh_from_db()


@transaction.atomic
def publish(
    poll: AvailabilityPoll, keys: Iterable[str], *, host: User, place: str, first_on: date, now: datetime
) -> list[HoursSeries]:
    """Make office hours of these windows, once.

    Raises DomainError for windows that are none, while the poll is open, and without five answers.
    """
    known, wanted = {window.key: window for window in windows_of(poll)}, list(dict.fromkeys(keys))
    if not wanted or not set(wanted) <= known.keys():
        raise DomainError("Choose one of the poll's sets of windows.")
    result = result_of(poll)
    if not result.best:
        raise DomainError(
            f"Hours are set from a closed poll with {FEWEST} answers or more; this one says too little. "
            "Publish office hours of your own choice instead."
        )
    if not AvailabilityPoll.objects.filter(pk=poll.pk, set_from=None).update(set_from=result.answered):
        raise DomainError("Office hours were set from this poll already. Change them on their page.")
    return [_series(poll.course, known[key], host, place, first_on, now) for key in wanted]


def _series(course: Course, window: PollWindow, host: User, place: str, first_on: date, now: datetime) -> HoursSeries:
    terms = Terms(weekday=window.weekday, start=window.start, end=window.end, place=place)
    return series.publish(course, host=host, terms=terms, first_on=first_on, last_on=course.ends_on, now=now)


def set_from(course: Course) -> AvailabilityPoll | None:
    return course.availability_polls.exclude(set_from=None).first()


def open_poll(course: Course) -> AvailabilityPoll | None:
    return course.availability_polls.filter(closed_at=None).first()


def asked_of(person: Enrollment) -> PollView | None:
    poll = open_poll(person.course)
    if poll is None or person.is_staff:
        return PollView(poll, result=result_of(poll)) if poll else None
    return PollView(poll, is_answered=poll.answers.filter(student=person).exists())


def to_answer(student: Enrollment) -> AvailabilityPoll | None:
    theirs = PollAnswer.objects.filter(poll=OuterRef("pk"), student=student)
    return student.course.availability_polls.filter(~Exists(theirs), closed_at=None).first()
