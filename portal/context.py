"""What every page's frame shows: the tabs of the course, light or dark, the demo's banner."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from courses.models import Role

STUDENT, STAFF, INSTRUCTOR = Role.STUDENT, Role.ASSISTANT, Role.INSTRUCTOR
# label, label on a phone, name of the address, icon, who sees it
TABS = [
    ("Today", "Today", "course_home", "today", STUDENT),
    ("Feedback", "Feedback", "feedback", "feedback", STUDENT),
    ("Presentations", "Talks", "presentations", "talks", STUDENT),
    ("Office hours", "Hours", "office_hours", "hours", STUDENT),
    ("Credits", "Credits", "credits", "credits", STUDENT),
    ("Classes", "Classes", "meetings", "classes", STUDENT),
    ("Assignments", "Work", "assignments", "work", STUDENT),
    ("Announcements", "Announcements", "announcements", "news", STUDENT),
    ("Roster", "Roster", "roster", "roster", STAFF),
    ("Letters", "Letters", "letters", "news", STAFF),
    ("Settings", "Settings", "course_settings", "settings", INSTRUCTOR),
]
MOST_ON_A_PHONE = 5  # what fits across a phone, "More" among them


@dataclass
class Tab:
    label: str
    short: str
    url: str
    icon: str
    current: str = ""  # "page", "true" (somewhere inside) or nothing: what aria-current says


def page(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme")
    tabs = tabs_of(request)
    fits = len(tabs) <= MOST_ON_A_PHONE
    return {
        "theme": theme if theme in ("light", "dark") else "system",
        "demo": settings.DEMO,
        "tabs": tabs,
        "phone_tabs": tabs if fits else tabs[: MOST_ON_A_PHONE - 1],
        "more_tabs": [] if fits else tabs[MOST_ON_A_PHONE - 1 :],
    }


def tabs_of(request: HttpRequest) -> list[Tab]:
    """The tabs that this person may open in the course at hand, the present one marked."""
    course, enrollment = getattr(request, "course", None), getattr(request, "enrollment", None)
    if course is None or enrollment is None:
        return []
    tabs = []
    for label, short, name, icon, who in TABS:
        if not enrollment.may(who):
            continue
        try:
            tabs.append(Tab(label, short, reverse(name, kwargs={"course_slug": course.slug}), icon))
        except NoReverseMatch:
            continue  # its app is not installed
    inside = [tab for tab in tabs if request.path.startswith(tab.url)]
    if inside:
        present = max(inside, key=lambda tab: len(tab.url))
        present.current = "page" if present.url == request.path else "true"
    return tabs
