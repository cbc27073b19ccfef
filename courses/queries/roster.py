from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from courses.models import Course, Enrollment, RosterChange, Section

Kind = RosterChange.Kind
PLANNED = {
    Kind.DROPPED: "Would be dropped",
    Kind.CHANGED: "Would be changed",
    Kind.ADDED: "Would be added",
}
GROUPS = {
    Kind.NOT_UNDERSTOOD: "Not understood, left out",
    Kind.DROPPED: "Dropped",
    Kind.CHANGED: "Changed",
    Kind.ADDED: "Added",
    Kind.UNCHANGED: "Left alone",
}
DONE = {  # of what applying will do, of what it did, of what undoing will do
    Kind.ADDED: ("adds {}", "{} added", "drops the {} added"),
    Kind.CHANGED: ("changes {}", "{} changed", "changes {} back"),
    Kind.DROPPED: ("drops {}", "{} dropped", "brings {} back"),
}


@dataclass
class Summary:
    groups: list[tuple[str, list[RosterChange]]]  # by title
    counts: dict[str, int]  # by kind
    as_before: int  # people who stay as they are
    emptied: list[tuple[str, int, int]]  # sections of which most go: code, how many go, how many are in the file

    @property
    def writes(self) -> int:
        return sum(self.counts[kind] for kind in DONE)

    @property
    def drops(self) -> int:
        return self.counts[Kind.DROPPED]

    @property
    def consequence(self) -> str:
        return self._say(0)

    @property
    def done(self) -> str:
        return self._say(1)

    @property
    def undoing(self) -> str:
        return self._say(2)

    def _say(self, which: int) -> str:
        return ", ".join(words[which].format(self.counts[kind]) for kind, words in DONE.items() if self.counts[kind])


def summary(changes: list[RosterChange], *, is_planned: bool = False) -> Summary:
    """Group and count the changes of one file; people who stay as they are and need no word are only counted.

    Before it is applied (`is_planned`), the titles say what would be.
    """
    titles = GROUPS | (PLANNED if is_planned else {})
    telling = [change for change in changes if change.kind != Kind.UNCHANGED or change.note]
    groups = [(title, [change for change in telling if change.kind == kind]) for kind, title in titles.items()]
    counts = {str(kind): sum(change.kind == kind for change in changes) for kind in Kind}
    shown = [(title, found) for title, found in groups if found]
    return Summary(shown, counts, len(changes) - len(telling), _emptied(changes))


def _emptied(changes: list[RosterChange]) -> list[tuple[str, int, int]]:
    """Sections that lose more students than the file lists: most often one stray row names them."""
    gone = Counter(change.before["section"] for change in changes if change.kind == Kind.DROPPED and change.before)
    listed = Counter(change.after["section"] for change in changes if change.kind != Kind.DROPPED and change.after)
    return [(code, number, listed[code]) for code, number in sorted(gone.items()) if number > listed[code]]


@dataclass
class People:
    sections: list[tuple[Section, list[Enrollment]]]
    staff: list[Enrollment]
    dropped: list[Enrollment]

    @property
    def has_students(self) -> bool:
        return bool(self.dropped) or any(students for _, students in self.sections)

    @property
    def total(self) -> int:
        return sum(len(students) for _, students in self.sections) + len(self.staff) + len(self.dropped)


def people(course: Course, wanted: str = "") -> People:
    """The people of a course; `wanted` keeps those whose name, address, login or Canvas ID holds it."""
    everyone = course.enrollments.select_related("user", "section")
    for word in wanted.replace("\0", " ").split():  # PostgreSQL holds no NUL, and would break
        everyone = everyone.filter(
            Q(user__name__icontains=word)
            | Q(user__email__icontains=word)
            | Q(login__icontains=word)
            | Q(canvas_id__startswith=word)
        )
    active = [person for person in everyone if person.dropped_at is None]
    return People(
        sections=[
            (section, [person for person in active if person.section == section and not person.is_staff])
            for section in course.sections.all()
        ],
        staff=[person for person in active if person.is_staff],
        dropped=[person for person in everyone if person.dropped_at],
    )
