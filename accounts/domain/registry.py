"""How a lower app asks a higher one: it owns a registry, and portal/apps.py fills it when Django starts."""

from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar

Answer = TypeVar("Answer")


class Registry(Generic[Answer]):
    """What higher apps registered under a name, in that order. An empty one fails `manage.py check`."""

    every: ClassVar[list["Registry[Any]"]] = []

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: tuple[Answer, ...] = ()
        self.every.append(self)

    def register(self, *answers: Answer) -> None:
        self.answers += answers

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    @property
    def only(self) -> Answer:
        """The single answer of a registry that takes one."""
        (answer,) = self.answers
        return answer
