"""What a roster knows of one person in a course; kept with each change, so that undo can put it back."""

from datetime import datetime
from typing import TypedDict

from accounts.models import User
from courses.models import Enrollment

LABELS = {
    "section": "section",
    "sort_name": "name",
    "login": "login",
    "canvas_id": "Canvas ID",
    "sis_user_id": "SIS ID",
    "canvas_section": "section in Canvas",
}
NAMES = ("name", "sort_name")  # of the person, in every course of theirs
OWN = ("login", "canvas_id", "sis_user_id", "canvas_section")  # of the enrollment


class Standing(TypedDict):
    """A person of a course as a roster sees them; all but the address is blank for someone who is not in it."""

    email: str
    name: str
    sort_name: str
    section: str  # its code
    login: str
    canvas_id: str
    sis_user_id: str
    canvas_section: str
    is_active: bool
    dropped_at: str  # ISO time, or blank


def of(enrollment: Enrollment) -> Standing:
    """How an enrolled person stands now."""
    return Standing(
        email=enrollment.user.email,
        name=enrollment.user.name,
        sort_name=enrollment.user.sort_name,
        section=enrollment.section.code if enrollment.section else "",
        login=enrollment.login,
        canvas_id=enrollment.canvas_id,
        sis_user_id=enrollment.sis_user_id,
        canvas_section=enrollment.canvas_section,
        is_active=enrollment.dropped_at is None,
        dropped_at=enrollment.dropped_at.isoformat() if enrollment.dropped_at else "",
    )


def outside(email: str, user: User | None) -> Standing:
    """How someone stands who is not in the course; `user` is their account, if there is one."""
    blank = dict.fromkeys(("section", *OWN, "dropped_at"), "")
    name, sort_name = (user.name, user.sort_name) if user else ("", "")
    return Standing(email=email, name=name, sort_name=sort_name, is_active=False, **blank)  # type: ignore[typeddict-item]


def is_same(one: Standing, other: Standing) -> bool:
    """Whether two standings agree in what the course holds (names belong to the person, not the course)."""
    keys = ("email", "section", "is_active", *OWN)
    return all(one[key] == other[key] for key in keys)  # type: ignore[literal-required]


def differences(before: Standing, after: Standing) -> list[tuple[str, str, str]]:
    """What changes from one standing to another: label, old and new; a new section says Canvas' cell with it."""
    changed = [key for key in LABELS if before[key] != after[key]]  # type: ignore[literal-required]
    told = [key for key in changed if key != "canvas_section" or "section" not in changed]
    return [(LABELS[key], before[key], after[key]) for key in told]  # type: ignore[literal-required]


def dropped_time(standing: Standing, otherwise: datetime) -> datetime | None:
    """Since when this person is dropped; `otherwise` if the standing does not say, None if they are active."""
    if standing["is_active"]:
        return None
    return datetime.fromisoformat(standing["dropped_at"]) if standing["dropped_at"] else otherwise
