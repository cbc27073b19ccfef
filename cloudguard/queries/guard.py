"""What staff learn of the guard: how many students, and never who. A count under five is not shown."""

from dataclasses import dataclass

from cloudguard.models import AccountLink, Finding, ResourceKind
from courses.models import Course

FEWEST = 5


@dataclass(frozen=True)
class LinkedCounts:
    linked: str
    running: str
    kinds: list[tuple[str, str]]


def counts_of(course: Course) -> LinkedCounts:
    links = AccountLink.objects.linked().filter(enrollment__course=course)
    linked = links.count()
    found = Finding.objects.filter(link__in=links).values_list("kind", "link").distinct()
    having: dict[str, set[int]] = {}
    for kind, link in found:
        having.setdefault(kind, set()).add(link)
    anything = set().union(*having.values())
    kinds = [(kind.label, _words(len(having.get(kind, ())), linked)) for kind in ResourceKind]
    return LinkedCounts(_words(linked), _words(len(anything), linked), kinds if linked >= FEWEST else [])


def _words(count: int, of: int | None = None) -> str:
    """A count that points at nobody: under five it is not told, nor how few of all are left out of it."""
    if of is not None and of - count < FEWEST <= count:
        return f"{of - FEWEST + 1} or more" if of >= 2 * FEWEST - 1 else f"{FEWEST} or more"
    return str(count) if count >= FEWEST else f"fewer than {FEWEST}"
