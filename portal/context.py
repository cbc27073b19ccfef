"""What every page's frame shows: the rooms of the course, light or dark, the demo's banner."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from courses.models import Role

STUDENT, STAFF, INSTRUCTOR = Role.STUDENT, Role.ASSISTANT, Role.INSTRUCTOR
# label, label on a phone, name of the address, icon, who sees it
ROOMS = [
    ("Today", "Today", "course_home", "today", STUDENT),
    ("Feedback", "Feedback", "feedback", "feedback", STUDENT),
    ("Presentations", "Talks", "presentations", "talks", STUDENT),
    ("Office hours", "Hours", "office_hours", "hours", STUDENT),
    ("Credits", "Credits", "credits", "credits", STUDENT),
    ("Classes", "Classes", "meetings", "classes", STUDENT),
    ("Assignments", "Work", "assignments", "work", STUDENT),
    ("News", "News", "announcements", "news", STUDENT),
    ("Roster", "Roster", "roster", "roster", STAFF),
    ("Letters", "Letters", "letters", "news", STAFF),
    ("Settings", "Settings", "course_settings", "settings", INSTRUCTOR),
]
TABS = 5  # what fits across a phone, "More" among them


@dataclass
class Room:
    """One tab of a course."""

    label: str
    short: str
    url: str
    icon: str
    current: str = ""  # "page", "true" (somewhere inside) or nothing: what aria-current says


def page(request: HttpRequest) -> dict[str, Any]:
    """Give each page its frame."""
    theme = request.COOKIES.get("theme")
    rooms = rooms_of(request)
    fits = len(rooms) <= TABS
    return {
        "theme": theme if theme in ("light", "dark") else "system",
        "demo": settings.DEMO,
        "rooms": rooms,
        "tabs": rooms if fits else rooms[: TABS - 1],
        "more_tabs": [] if fits else rooms[TABS - 1 :],
    }


def rooms_of(request: HttpRequest) -> list[Room]:
    """The rooms this person may enter in the course at hand, the present one marked."""
    course, enrollment = getattr(request, "course", None), getattr(request, "enrollment", None)
    if course is None or enrollment is None:
        return []
    rooms = []
    for label, short, name, icon, who in ROOMS:
        if not enrollment.may(who):
            continue
        try:
            rooms.append(Room(label, short, reverse(name, kwargs={"course_slug": course.slug}), icon))
        except NoReverseMatch:
            continue  # this room is not built yet
    inside = [room for room in rooms if request.path.startswith(room.url)]
    if inside:
        present = max(inside, key=lambda room: len(room.url))
        present.current = "page" if present.url == request.path else "true"
    return rooms
