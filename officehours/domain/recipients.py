"""Whom a change writes to, by name, with what each letter is about: someone with two bookings is one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from courses.models import Course
from officehours.domain.letters import Letter


@dataclass(frozen=True)
class Recipient:
    """One person, and the subjects of their letters."""

    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Recipients:
    """Everybody who gets a letter, each once, by name; `letters` is how many letters there are."""

    shown: ClassVar = 10
    first: tuple[Recipient, ...]  # those whom a page names
    people: int
    letters: int

    @classmethod
    def of(cls, course: Course, letters: Iterable[Letter]) -> "Recipients":
        """Who gets these letters."""
        each = [(user, letter) for letter in letters for user in letter.readers]
        users = sorted({user for user, _ in each}, key=lambda user: (user.sort_name, user.name, user.pk))
        first = []
        for user in users[: cls.shown]:
            subjects = [
                letter.subject(course, user).removeprefix(f"{course.code}: ") for who, letter in each if who == user
            ]
            first.append(Recipient(str(user), tuple(subjects)))
        return cls(tuple(first), len(users), len(each))

    @property
    def more(self) -> int:
        """How many others there are than those named."""
        return self.people - len(self.first)

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.letters)

    def __str__(self) -> str:
        """How many, in words: "4 people", "1 person (2 letters)"."""
        people = f"{self.people} {'person' if self.people == 1 else 'people'}"
        return people if self.people == self.letters else f"{people} ({self.letters} letters)"
