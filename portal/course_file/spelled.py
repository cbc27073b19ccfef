"""A course's values as its last loaded file spelled them: "1.0" stays "1.0", a default stays written or left out."""

from typing import Any

from portal.course_file.shape import Shape, same

NOTHING: Any = object()


def spelled(ours: Any, raw: Any, shape: Shape) -> Any:
    """`ours` in the spelling of `raw` (the file, or NOTHING) wherever both say the same."""
    if raw is not NOTHING and raw is not None and same(ours, raw, shape):
        return raw
    if isinstance(ours, dict) and shape.children:
        return _mapping(ours, raw if isinstance(raw, dict) else {}, shape)
    if isinstance(ours, list):
        return _entries(ours, raw if isinstance(raw, list) else [], shape)
    return ours


def _mapping(ours: dict[str, Any], raw: dict[str, Any], shape: Shape) -> dict[str, Any]:
    order = [*(key for key in raw if key in ours), *(key for key in shape.children if key in ours and key not in raw)]
    found = {key: spelled(ours[key], raw.get(key, NOTHING), shape.child(key)) for key in order}
    return {key: value for key, value in found.items() if key in raw or not _is_default(value, shape.child(key))}


def _is_default(value: Any, shape: Shape) -> bool:
    return "default" in shape.schema and same(value, shape.schema["default"], shape)


def _entries(ours: list[Any], raw: list[Any], shape: Shape) -> list[Any]:
    if not shape.is_keyed:
        return [spelled(entry, NOTHING, shape.entry) for entry in ours]
    have, had = {shape.key_of(entry): entry for entry in ours}, {shape.key_of(entry): entry for entry in raw}
    order = (
        list(have) if shape.is_ordered else [*(key for key in had if key in have), *(k for k in have if k not in had)]
    )
    return [
        spelled(have[key], had.get(key, NOTHING), shape.entry)
        for key in order
        if key in had or not _says_nothing(have[key], shape)
    ]


def _says_nothing(entry: dict[str, Any], shape: Shape) -> bool:
    """Whether an entry exists without being written, and says no more than its key."""
    names = shape.schema["x-key"]
    bare = {key: entry[key] for key in names if key in entry}
    return bool(shape.schema.get("x-implicit")) and same(entry, bare, shape.entry)
