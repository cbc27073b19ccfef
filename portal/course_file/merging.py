"""What a file that is loaded again changes: what it says otherwise than the last time, save what staff changed since.

Three versions of a course in the file's shape: `base` (the file as last loaded), `theirs` (the file now) and
`ours` (the course as it stands). What `theirs` leaves out stays as it is.
"""

from dataclasses import dataclass, field
from typing import Any

from portal.course_file.shape import FILE, Shape, same

ABSENT: Any = object()


@dataclass
class Merge:
    """The course as it is to be, and what was left as it is, in words."""

    tree: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def merge(base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]) -> Merge:
    """The three versions made one."""
    result = Merge()
    result.tree = _Merger(result).mapping(base, theirs, ours, FILE, "")
    return result


class _Merger:
    """Walks three versions at once; `place` is what it stands at, in words."""

    def __init__(self, result: Merge) -> None:
        self.result = result

    def keep(self, place: str, why: str) -> None:
        """Note something that is left as it is."""
        self.result.kept.append(f"{place}: {why}")

    def value(self, base: Any, theirs: Any, ours: Any, shape: Shape, place: str) -> Any:
        """What becomes of one place that the file holds."""
        if isinstance(theirs, dict) and isinstance(ours, dict) and shape.children:
            return self.mapping(base if isinstance(base, dict) else {}, theirs, ours, shape, place)
        if isinstance(theirs, list) and isinstance(ours, list) and shape.is_keyed:
            return self.entries(base if isinstance(base, list) else [], theirs, ours, shape, place)
        return self.leaf(base, theirs, ours, shape, place)

    def leaf(self, base: Any, theirs: Any, ours: Any, shape: Shape, place: str) -> Any:
        """The file's value if only the file changed; staff's if they did."""
        if _same(theirs, ours, shape):
            return ours
        if _same(ours, base, shape):
            return theirs
        self.keep(place, "staff changed this since the last load; it stays as they have it.")
        return ours

    def mapping(self, base: Any, theirs: Any, ours: Any, shape: Shape, place: str) -> dict[str, Any]:
        """Keys with their values; what is gone from the file stays."""
        result = dict(ours)
        for key, value in theirs.items():
            child, path = shape.child(key), f"{place}.{key}".removeprefix(".")
            default = child.schema.get("default", ABSENT)
            was, have = base.get(key, default), ours.get(key, default)
            merged = value if have is ABSENT and was is ABSENT else self.value(was, value, have, child, path)
            if merged is not ABSENT:
                result[key] = merged
        for key in base.keys() & ours.keys() - theirs.keys():
            if not _same(ours[key], shape.child(key).schema.get("default", ABSENT), shape.child(key)):
                self.keep(
                    f"{place}.{key}".removeprefix("."),
                    "no longer in the file; it stays, since loading deletes nothing.",
                )
        return result

    def entries(self, base: Any, theirs: Any, ours: Any, shape: Shape, place: str) -> list[Any]:
        """Entries matched by their key."""
        have = _by_key(ours, shape)
        was, want = (_by_key(entries, shape, have) for entries in (base, theirs))
        result = dict(have)
        for key, entry in want.items():
            name = f"{place}[{', '.join(str(part) for part in key)}]"
            if key in have:
                result[key] = self.value(was.get(key, {}), entry, have[key], shape.entry, name)
            elif key in was:
                self.keep(name, "staff removed this since the last load; it stays removed.")
            else:
                result[key] = entry
        for key in [key for key in was if key in have and key not in want and not _says_nothing(was[key], shape)]:
            name = f"{place}[{', '.join(str(part) for part in key)}]"
            self.keep(name, "no longer in the file; it stays, since loading deletes nothing.")
        return [result[key] for key in _order(list(was), list(want), list(have)) if key in result]


def _says_nothing(entry: dict[str, Any], shape: Shape) -> bool:
    return bool(shape.schema.get("x-implicit")) and len(entry) == len(shape.schema["x-key"])


def _same(one: Any, other: Any, shape: Shape) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return same(one, other, shape)


def _by_key(entries: list[Any], shape: Shape, known: dict[Any, Any] | None = None) -> dict[Any, Any]:
    """Entries by key; one that was given its key later is still the one among `known`."""
    found = {}
    for entry in entries:
        key, other = shape.key_of(entry), shape.key_without_name(entry)
        again = (name for name, had in (known or {}).items() if other and shape.key_without_name(had) == other)
        found[key if key in (known or {}) else next(again, key)] = entry
    return found


def _order(was: list[Any], want: list[Any], have: list[Any]) -> list[Any]:
    """The keys in order: as the course has them, unless the file ordered them anew; new ones after their neighbour."""
    known = [key for key in want if key in was]
    if known == [key for key in was if key in want]:
        order = list(have)
    else:
        order = [key for key in want if key in have] + [key for key in have if key not in want]
    for place, key in enumerate(want):
        if key not in order:
            before = next((other for other in reversed(want[:place]) if other in order), None)
            order.insert(order.index(before) + 1 if before is not None else 0, key)
    return order
