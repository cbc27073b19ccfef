"""What is wrong with a course file: where, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.errors import DomainError

Path = tuple[str | int, ...]


def written(path: Path) -> str:
    """A place in the file as people write it: `meetings.details[2].date`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its place, its line (from 1) and a sentence."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.path}" if self.path else "")
        return f"{place}: {self.sentence}"


class CourseFileRefused(DomainError):
    """A course file with problems; nothing of it was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.line, problem.path, problem.sentence))
        super().__init__("\n".join(str(problem) for problem in self.problems))
