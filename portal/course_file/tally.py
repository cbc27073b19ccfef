"""What a load did, noun by noun; and writing a row only where something differs."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

STATES = ("created", "changed", "kept")


@dataclass
class Tally:
    """How many rows of each noun were created, changed, and kept as they were; and what staff should know."""

    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: dict.fromkeys(STATES, 0)))
    notes: list[str] = field(default_factory=list)

    def count(self, noun: str, state: str, times: int = 1) -> None:
        """Count rows of a noun."""
        self.counts[noun][state] += times

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing was written."""
        return not any(counts["created"] or counts["changed"] for counts in self.counts.values())

    @property
    def lines(self) -> list[str]:
        """One line a noun: "assignments: 4 created"."""
        return [
            f"{noun}: " + ", ".join(f"{number} {state}" for state, number in counts.items() if number)
            for noun, counts in self.counts.items()
            if any(counts.values())
        ]

    def put(self, noun: str, row: Model, fields: dict[str, Any]) -> bool:
        """Save a row with these fields if it is new or they differ; whether it was written."""
        is_new = row.pk is None
        changed = [name for name, value in fields.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, fields[name])
        if is_new:
            row.save()
        elif changed:
            row.save(update_fields=changed)
        self.count(noun, "created" if is_new else "changed" if changed else "kept")
        return is_new or bool(changed)
