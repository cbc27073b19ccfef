"""Whom a change writes to, by name, with what each letter is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from courses.models import Course
from mail.models import Message
from officehours.domain.mailed import Mailed


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
    count: Mailed

    @classmethod
    def of(cls, course: Course, posted: Iterable[int]) -> "Recipients":
        """Who gets the letters that were posted, by name."""
        letters = Message.objects.filter(pk__in=list(posted)).select_related("recipient")
        rows = list(letters.order_by("recipient__sort_name", "recipient__name", "recipient", "pk"))
        subjects: dict[int, list[str]] = {}
        names = {}
        for one in rows:
            subjects.setdefault(one.recipient_id, []).append(one.subject.removeprefix(f"{course.code}: "))
            names[one.recipient_id] = str(one.recipient)
        every = tuple(Recipient(names[person], tuple(theirs)) for person, theirs in subjects.items())
        return cls(every, Mailed(tuple(one.recipient_id for one in rows)))

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
        return str(self.count)
