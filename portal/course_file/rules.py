"""What a course file must keep to beyond its schema: what fits together, and what cannot be."""

from collections.abc import Callable, Iterator
from typing import Any

from portal.course_file import booking_blocks, cloudguard_blocks, rules_calendar, rules_hours, rules_rooms
from portal.course_file.problems import Path, Problem, written
from portal.course_file.reading import Marked
from portal.course_file.shape import FILE, Shape, canonical

Tree = dict[str, Any]
Found = Iterator[tuple[Path, str]]
Rule = Callable[[Tree], Found]


def problems(marked: Marked, tree: Tree, broken: set[str]) -> list[Problem]:
    """What is wrong in the blocks that keep to the schema; `broken` are those that do not."""
    sound = {key: block for key, block in tree.items() if key in FILE.children and key not in broken}
    found = [problem for key, block in sound.items() for problem in _twice(marked, block, FILE.child(key), (key,))]
    if found:
        return found
    blocks = {key: canonical(block, FILE.child(key)) for key, block in sound.items()}
    asked = (check for needed, check in RULES if all(_is_there(name, blocks, broken) for name in needed))
    return [marked.problem(path, sentence) for check in asked for path, sentence in check(blocks)]


def _is_there(name: str, blocks: Tree, broken: set[str]) -> bool:
    """Whether a rule finds the block that it reads; `name?` may be missing, but not broken."""
    return name[:-1] not in broken if name.endswith("?") else name in blocks


def _twice(marked: Marked, value: Any, shape: Shape, path: Path) -> Iterator[Problem]:
    """Entries of a list that cannot be told apart."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _twice(marked, child, shape.child(key), (*path, key))
    elif isinstance(value, list):
        for n, entry in enumerate(value):
            yield from _twice(marked, entry, shape.entry, (*path, n))
        if shape.is_keyed and path != ("meetings", "weekly"):
            yield from _same_key(marked, value, shape, path)


def _same_key(marked: Marked, entries: list[Any], shape: Shape, path: Path) -> Iterator[Problem]:
    first: dict[Any, int] = {}
    for n, entry in enumerate(entries):
        key = shape.key_of(entry)
        if key in first:
            words, line = ", ".join(str(part) for part in key), marked.line_of((*path, first[key]))
            yield marked.problem((*path, n), f'"{words}" stands twice in {written(path)} (first on line {line}).')
        first.setdefault(key, n)


RULES: list[tuple[tuple[str, ...], Rule]] = [
    (("course",), rules_calendar.course_dates),
    (("meetings",), rules_calendar.weekly_times),
    (("course", "meetings"), rules_calendar.class_span),
    (("meetings",), rules_calendar.extra_classes),
    (("meetings",), rules_calendar.details),
    (("meetings", "assignments?"), rules_rooms.agenda_assignments),
    (("course", "assignments"), rules_calendar.due_times),
    (("daily_survey",), rules_rooms.questions),
    (("meetings", "presentations"), rules_rooms.presentation_days),
    (("presentations",), rules_rooms.talks),
    (("presentations",), rules_rooms.teams),
    (("course", "presentations"), rules_rooms.sign_up),
    (("peer_reviews",), rules_rooms.asked_of_reviewers),
    (("sections",), rules_rooms.named_sections),
    (("further_credits", "credits?"), rules_rooms.credit_pools),
    (("office_hours",), rules_hours.office_hours),
    (("office_hours",), rules_hours.continued),
    (("office_hours_polls",), booking_blocks.problems_of_polls),
    (("running_prices",), cloudguard_blocks.problems_of_prices),
]
