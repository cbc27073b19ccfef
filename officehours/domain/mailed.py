"""How many people a change writes to, and in how many letters: someone with two bookings is one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from courses.models import Enrollment


@dataclass(frozen=True)
class Mailed:
    """Whom letters go to, one for each letter."""

    to: tuple[int, ...]

    @classmethod
    def each(cls, people: Iterable[Enrollment]) -> Self:
        """One letter to each of these who is still in the course, however often they are named."""
        return cls(tuple(person.user_id for person in people if person.dropped_at is None))

    @property
    def people(self) -> int:
        """How many people get one or more."""
        return len(set(self.to))

    @property
    def letters(self) -> int:
        """How many letters there are."""
        return len(self.to)

    def __str__(self) -> str:
        """As a page says it: "4 people", "1 person (2 letters)"."""
        people = f"{self.people} {'person' if self.people == 1 else 'people'}"
        return people if self.people == self.letters else f"{people} ({self.letters} letters)"
