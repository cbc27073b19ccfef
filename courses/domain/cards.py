"""Cards that one app shows on a page of another, so that neither needs to know the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from courses.models import Enrollment


class Page(StrEnum):
    TODAY = "today"
    CREDITS = "credits"


@dataclass(frozen=True)
class Card:
    """A piece of a page: its template, which finds `content` as `card.content`."""

    template: str
    content: object = None


Source = Callable[[Enrollment], Iterable[Card]]
_sources: dict[Page, list[Source]] = {page: [] for page in Page}


def register(page: Page, source: Source) -> None:
    """Show what `source` gives at the end of a page; once, however often it is registered."""
    if source not in _sources[page]:
        _sources[page].append(source)


def cards_on(page: Page, person: Enrollment) -> list[Card]:
    return [card for source in _sources[page] for card in source(person)]
