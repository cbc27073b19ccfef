"""Every address of the portal, as the URL conf has it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

COURSE = "c/<slug:course_slug>/"


@dataclass(frozen=True)
class Route:
    """One address: its name, its pattern, the view behind it and the names in it."""

    name: str
    pattern: str
    view: Callable[..., Any]
    wants: frozenset[str]

    @property
    def is_of_a_course(self) -> bool:
        return self.pattern.startswith(COURSE)

    @property
    def role(self) -> str:
        """The role that `course_view` asks for; empty where it guards nothing."""
        role = getattr(self.view, "course_role", None)
        return role.value if role else ""

    @property
    def is_public(self) -> bool:
        return not getattr(self.view, "login_required", True)

    @property
    def opens_to(self) -> str:
        """Whom the view's marks let in: a role of the course, the signed-out for a reason, or whoever is signed in."""
        reason = getattr(self.view, "public_reason", "without a reason")
        who = [self.role, f"public: {reason}" if self.is_public else ""]
        return "; ".join(filter(None, who)) or "signed in"


def all_routes() -> list[Route]:
    """Our own addresses and allauth's; Django's admin has a test of its own."""
    return list(_walk(get_resolver().url_patterns, "", frozenset()))


def _walk(patterns: list[Any], prefix: str, wants: frozenset[str]) -> Iterator[Route]:
    for entry in patterns:
        pattern, names = prefix + str(entry.pattern), wants | set(entry.pattern.converters)
        if isinstance(entry, URLResolver) and entry.app_name != "admin":
            yield from _walk(entry.url_patterns, pattern, names)
        elif isinstance(entry, URLPattern):
            yield Route(entry.name or "", pattern, entry.callback, names)
