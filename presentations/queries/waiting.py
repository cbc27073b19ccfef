"""What waits for a student, or for staff, among the presentations; for Today."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courses.domain import calendar
from courses.models import Course, Enrollment
from presentations.domain import duties, schedule, teams, windows
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PeerReview, ReviewUpload, SwapRequest, TeamMember

SOON = timedelta(days=7)


@dataclass
class OwedDay:
    """A day of which reviews are still owed, until when, and the talks to choose from."""

    day: TalkDay
    left: int
    due_at: datetime
    places: list[Place]


@dataclass
class TalksWaiting:
    """A student's open reviews, refused files, own talk within a week, invitations and swaps to answer."""

    reviews: list[OwedDay] = field(default_factory=list)
    refused: list[ReviewUpload] = field(default_factory=list)  # files that the check did not take
    talk: Place | None = None
    invitations: int = 0
    swaps: int = 0

    def __bool__(self) -> bool:
        return bool(self.reviews or self.refused or self.talk or self.invitations or self.swaps)


def talks_waiting_for(person: Enrollment, *, now: datetime) -> TalksWaiting:
    """What waits for a student, in a fixed number of queries."""
    seats = TeamMember.objects.filter(enrollment=person, confirmed_at=None)
    found = TalksWaiting(invitations=seats.count())
    if not person.course.releases.exists():
        return found
    days = schedule.days(person.course)
    places = [place for day in days if not day.meeting.is_cancelled for place in day.places]
    mine = [place for place in places if place.has(person) and now < place.starts_at < now + SOON]
    found.talk = mine[0] if mine else None
    found.reviews = _reviews(person, days, now)
    refused = ReviewUpload.objects.refused_of(person).select_related("review__presentation__team")
    found.refused = list(refused.order_by("handed_in_at", "pk"))
    team = teams.team_of(person)
    if team:
        asked = SwapRequest.objects.filter(to_team=team, state=SwapRequest.State.OPEN, expires_at__gt=now)
        found.swaps = asked.count()
    return found


def _reviews(person: Enrollment, days: list[TalkDay], now: datetime) -> list[OwedDay]:
    begun = [day for day in days if day.counting and day.meeting.starts_at <= now]
    if not begun:
        return []
    owed = duties.student_duties(person, days)
    open_days = [(day, owed.due_for(person, day, windows.due_at(day.meeting, owed.plan))) for day in begun]
    open_days = [(day, due) for day, due in open_days if calendar.is_on_time(due, now)]
    done = set(PeerReview.objects.submitted().filter(reviewer=person).values_list("presentation", flat=True))
    found = []
    for day, due in open_days:
        left = owed.owed_by(person, day) - sum(place.talk.pk in done for place in day.counting)
        todo = [place for place in day.counting if place.talk.pk not in done]
        may = [p for p in todo if not windows.reason_against(p, person, owed.plan, due=due, given=owed.given, now=now)]
        if left > 0:
            found.append(OwedDay(day, left, due, may))
    return found


def swaps_for_staff(course: Course) -> int:
    """Swaps on which two teams agree and staff have not decided."""
    return course.swap_requests.filter(state=SwapRequest.State.AGREED).count()
