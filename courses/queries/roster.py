from dataclasses import dataclass

from accounts.models import folded
from courses.domain import roster_plan
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
    thin: list[roster_plan.ThinSection]  # before it is applied
    guessed: int  # rows whose letters are a guess

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

    Before it is applied (`is_planned`), the titles say what would be, and thin sections lose nobody.
    """
    thin = roster_plan.thin_sections(changes) if is_planned else []
    if thin:
        roster_plan.keep_thin_sections(changes)
    titles = GROUPS | (PLANNED if is_planned else {})
    telling = [change for change in changes if change.kind != Kind.UNCHANGED or change.note]
    groups = [(title, [change for change in telling if change.kind == kind]) for kind, title in titles.items()]
    counts = {str(kind): sum(change.kind == kind for change in changes) for kind in Kind}
    shown = [(title, found) for title, found in groups if found]
    guessed = sum(roster_plan.GUESSED in change.note for change in telling)
    return Summary(shown, counts, len(changes) - len(telling), thin, guessed)


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
    """The people of a course; `wanted` keeps those whose name, address, login or Canvas ID holds each of its words."""
    everyone = list(course.enrollments.select_related("user", "section"))
    words = folded(wanted.replace(",", " ").replace("\0", " ")).split()
    everyone = [person for person in everyone if all(_is_called(person, word) for word in words)]
    active = [person for person in everyone if person.dropped_at is None]
    return People(
        sections=[
            (section, [person for person in active if person.section == section and not person.is_staff])
            for section in course.sections.all()
        ],
        staff=[person for person in active if person.is_staff],
        dropped=[person for person in everyone if person.dropped_at],
    )


def _is_called(person: Enrollment, word: str) -> bool:
    names = folded(f"{person.user.name} {person.user.email} {person.login}")
    return word in names or person.canvas_id.startswith(word)
