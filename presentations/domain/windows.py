"""From when until when a talk can be reviewed, and by whom; waivers and extensions for one student and class."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Enrollment
from presentations.domain import plans, schedule
from presentations.domain.schedule import Place
from presentations.models import Presentation, ReviewAllowance, ReviewPlan, TeamFeedback

GIVEN = "The reviews of this talk were given to the team; nothing can be added or changed."
OVER = "The deadline is over. What you saved before is kept; ask your instructor for more time."


@dataclass
class Window:
    """The review of one talk by one person: until when, and why not, in a sentence; empty if they may."""

    place: Place | None
    due_at: datetime | None = None  # theirs, an extension included; the whole minute is on time
    is_late: bool = False  # after everyone's due time
    why_not: str = ""


def due_at(meeting: ClassMeeting, plan: ReviewPlan) -> datetime:
    """The minute (UTC) at which a class's reviews are due: some days after it, else at the course's end."""
    course = meeting.course
    if plan.due_time is None:
        return calendar.midnight_after(course, course.ends_on) - calendar.MINUTE
    return calendar.instant(course, meeting.date + timedelta(days=plan.due_days or 0), plan.due_time)


def review_window(talk: Presentation, person: Enrollment, *, now: datetime) -> Window:
    place = schedule.place_of(talk, schedule.days(talk.course))
    if place is None:
        return Window(None, why_not="This talk has no place in the published schedule, so it cannot be reviewed.")
    plan = plans.review_plan_of(talk.course)
    due = due_at(place.slot.meeting, plan)
    own = _extended(person, place.slot.meeting) or due
    words = reason_against(place, person, plan, due=max(due, own), given=talks_with_feedback(talk), now=now)
    return Window(place, due_at=max(due, own), is_late=not calendar.is_on_time(due, now), why_not=words)


def _extended(person: Enrollment, meeting: ClassMeeting) -> datetime | None:
    allowance = ReviewAllowance.objects.filter(enrollment=person, meeting=meeting).first()
    return allowance.extended_until if allowance else None


def reason_against(
    place: Place, person: Enrollment, plan: ReviewPlan, *, due: datetime, given: Container[int], now: datetime
) -> str:
    """Why this person may not review the talk at this place now, in a sentence; empty if they may.

    `due` is their own time, `given` are the talks whose teams have their feedback.
    """
    reasons = {
        "Reviews are written by students.": person.is_staff,
        "This is your own talk; classmates review it.": place.has(person),
        "This is no talk to review.": not place.talk.is_talk or not plan.criteria,
        "The class was cancelled, so there is nothing to review yet.": place.slot.meeting.is_cancelled,
        "This talk has not begun yet; the form opens when it does.": now < place.starts_at,
        GIVEN: place.talk.pk in given,
        OVER: not calendar.is_on_time(due, now),
    }
    return next((sentence for sentence, holds in reasons.items() if holds), "")


def talks_with_feedback(talk: Presentation) -> set[int]:
    """This talk, if its team has the feedback."""
    return set(TeamFeedback.objects.filter(presentation=talk).values_list("presentation", flat=True))


def lock_talk(talk: int) -> None:
    """Let nobody review this talk, word its reviews or give them to the team until the transaction ends.

    Raises DomainError if the team has its feedback.
    """
    Presentation.objects.select_for_update(no_key=True).get(pk=talk)
    if TeamFeedback.objects.filter(presentation=talk).exists():
        raise DomainError(GIVEN)


def set_allowance(
    person: Enrollment,
    meeting: ClassMeeting,
    *,
    by: User,
    is_waived: bool,
    extended_until: datetime | None,
    reason: str,
) -> ReviewAllowance | None:
    """Waive one student's duty for one class, or extend their time; replaces an earlier one.

    With neither of the two, the allowance is removed; raises DomainError if there is none.
    """
    publishing.check(reason)
    if not is_waived and extended_until is None:
        if not ReviewAllowance.objects.filter(enrollment=person, meeting=meeting).delete()[0]:
            raise DomainError("Waive the duty or give more time; nothing was changed.")
        return None
    values = {"is_waived": is_waived, "extended_until": extended_until, "reason": reason, "by": by}
    allowance, _ = ReviewAllowance.objects.update_or_create(enrollment=person, meeting=meeting, defaults=values)
    return allowance
