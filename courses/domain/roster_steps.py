"""Writing a handful of roster changes to the database, forward or back, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from accounts.models import User
from courses.domain import standing
from courses.domain.standing import Standing
from courses.models import Course, Enrollment, RosterChange, Section

CHANGED_SINCE = "Changed since the preview, left alone."
CHANGED_AGAIN = "Changed again since, left as it is."


@dataclass
class Desk:
    """The people of one step as they stand now, and what is to be written about them."""

    course: Course
    now: datetime
    sections: dict[str, Section]
    enrolled: dict[str, Enrollment]  # by address
    logins: dict[str, str]  # login -> address of who holds it
    accounts: dict[str, User]
    joined: list[Enrollment] = field(default_factory=list)
    altered: list[Enrollment] = field(default_factory=list)
    renamed: list[User] = field(default_factory=list)


def write(
    changes: list[RosterChange], course: Course, *, back: bool, now: datetime, enrolled_at: datetime | None = None
) -> list[RosterChange]:
    """Bring the people of these changes to how they stand after (or, `back`, before) them.

    A person who no longer stands as the change expects is left alone; these changes say so (unsaved) and are
    what comes back. `enrolled_at` is the instant from which new people count as enrolled.
    """
    moves = [_ends(change, back) for change in changes]
    desk = _desk(course, [target for _, target in moves], now)
    left_alone = []
    for change, (source, target) in zip(changes, moves, strict=True):
        if _may_move(desk, source, target):
            _move(desk, source, target)
        else:
            left_alone.append(change)
            change.note = CHANGED_AGAIN if back else CHANGED_SINCE
            change.kind = change.kind if back else RosterChange.Kind.UNCHANGED
    _save(desk, enrolled_at)
    return left_alone


def _ends(change: RosterChange, back: bool) -> tuple[Standing, Standing]:
    """From which standing to which a change leads."""
    before, after = cast(Standing, change.before), cast(Standing, change.after)
    return (after, before) if back else (before, after)


def _desk(course: Course, targets: list[Standing], now: datetime) -> Desk:
    emails, logins = [target["email"] for target in targets], [target["login"] for target in targets]
    concerned = list(
        course.enrollments.filter(Q(user__email__in=emails) | Q(login__in=logins)).select_related("user", "section")
    )
    enrolled = {enrollment.user.email: enrollment for enrollment in concerned}
    _open_accounts([target for target in targets if target["is_active"] and target["email"] not in enrolled])
    return Desk(
        course=course,
        now=now,
        sections={section.code: section for section in course.sections.all()},
        enrolled=enrolled,
        logins={enrollment.login: email for email, enrollment in enrolled.items() if enrollment.login},
        accounts={user.email: user for user in User.objects.filter(email__in=emails)},
    )


def _open_accounts(targets: Iterable[Standing]) -> None:
    """Make an account for each address that has none; another course may be making the same one."""
    users = [
        User(email=target["email"], name=target["name"], sort_name=target["sort_name"], password=make_password(None))
        for target in targets
    ]
    # In one order, so that two courses at once never wait for each other in a circle.
    User.objects.bulk_create(sorted(users, key=lambda user: user.email), ignore_conflicts=True)


def _may_move(desk: Desk, source: Standing, target: Standing) -> bool:
    """Whether a person still stands at `source`, and nothing of `target` is taken or gone."""
    email = source["email"]
    enrollment = desk.enrolled.get(email)
    if enrollment and enrollment.is_staff:
        return False
    current = standing.of(enrollment) if enrollment else standing.outside(email, None)
    is_free = desk.logins.get(target["login"], email) == email
    has_section = not target["section"] or target["section"] in desk.sections
    return standing.is_same(current, source) and is_free and has_section


def _move(desk: Desk, source: Standing, target: Standing) -> None:
    email = source["email"]
    user = desk.accounts[email]
    enrollment = desk.enrolled.get(email)
    if enrollment is None:
        enrollment = desk.enrolled[email] = Enrollment(course=desk.course, user=user)
        desk.joined.append(enrollment)
    else:
        desk.altered.append(enrollment)
    _rename(desk, user, source, target)
    _place(desk, enrollment, target)


def _place(desk: Desk, enrollment: Enrollment, target: Standing) -> None:
    """Give an enrollment what the target says; who was in no section before keeps theirs and is dropped."""
    enrollment.dropped_at = standing.dropped_time(target, desk.now)
    if target["section"]:
        enrollment.section = desk.sections[target["section"]]
        for key in standing.OWN:
            setattr(enrollment, key, target[key])  # type: ignore[literal-required]
        desk.logins[enrollment.login] = target["email"]


def _rename(desk: Desk, user: User, source: Standing, target: Standing) -> None:
    """Rename the person, unless they were renamed since or the target has no name for them."""
    is_as_expected = (user.name, user.sort_name) == (source["name"], source["sort_name"])
    if is_as_expected and target["sort_name"] and target["sort_name"] != user.sort_name:
        user.name, user.sort_name = target["name"], target["sort_name"]
        desk.renamed.append(user)


def _save(desk: Desk, enrolled_at: datetime | None) -> None:
    Enrollment.objects.bulk_create(desk.joined)
    if enrolled_at and desk.joined:
        Enrollment.objects.filter(pk__in=[person.pk for person in desk.joined]).update(created_at=enrolled_at)
    Enrollment.objects.bulk_update(desk.altered, ["section", "dropped_at", *standing.OWN])
    User.objects.bulk_update(desk.renamed, standing.NAMES)
