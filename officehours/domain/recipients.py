"""Whom a change writes to, by name, with what each letter is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from courses.models import Course
from mail.models import Message


@dataclass(frozen=True)
class Recipient:
    """One person, and the subjects of their letters."""

    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Recipients:
    """Everybody who gets a letter, each once."""

    shown: ClassVar = 10
    every: tuple[Recipient, ...]

    @classmethod
    def of(cls, course: Course, posted: Iterable[int]) -> "Recipients":
        """Who gets the letters that were posted, by name."""
        rows = Message.objects.filter(pk__in=list(posted)).select_related("recipient")
        subjects: dict[int, list[str]] = {}
        names = {}
        for one in rows.order_by("recipient__sort_name", "recipient__name", "recipient", "pk"):
            subjects.setdefault(one.recipient_id, []).append(one.subject.removeprefix(f"{course.code}: "))
            names[one.recipient_id] = str(one.recipient)
        return cls(tuple(Recipient(names[person], tuple(theirs)) for person, theirs in subjects.items()))

    @property
    def letters(self) -> int:
        """How many letters they get."""
        return sum(len(one.subjects) for one in self.every)

    @property
    def first(self) -> tuple[Recipient, ...]:
        """Those whom a page names."""
        return self.every[: self.shown]

    @property
    def more(self) -> int:
        """How many others there are."""
        return len(self.every) - len(self.first)

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.every)

    def __str__(self) -> str:
        """How many, in words: "4 people", "1 person (2 letters)"."""
        people = f"{len(self.every)} {'person' if len(self.every) == 1 else 'people'}"
        return people if self.letters == len(self.every) else f"{people} ({self.letters} letters)"
