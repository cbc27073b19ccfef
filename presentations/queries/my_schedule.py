"""The schedule as one person reads it: own talk and duties marked, moved talks struck through where they were."""

from dataclasses import dataclass, field
from datetime import datetime

from courses.models import Course, Enrollment
from presentations.domain import duties, plans, published_schedule, schedule, windows
from presentations.domain.duties import Duties
from presentations.domain.published_schedule import Change
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PeerReview, PresentationPlan, Release
from presentations.queries import team_pages
from presentations.queries.team_pages import TeamSummary


@dataclass
class TalkRow:
    """One line of a day: a talk, or the place that it left (`gone`)."""

    order: int
    place: Place | None = None
    gone: Change | None = None
    kind: str = ""
    names: str = ""
    is_mine: bool = False
    moved_from: Change | None = None
    review: PeerReview | None = None
    can_review: bool = False
    has_feedback: bool = False

    @property
    def leads_to(self) -> str:
        """What this person opens from here: the form of a review, or what was said about one's own talk."""
        if self.can_review or (self.review and self.review.submitted_at):
            return "review"
        return "feedback" if self.has_feedback else ""


@dataclass
class MyDay:
    day: TalkDay
    rows: list[TalkRow] = field(default_factory=list)
    owed: int = 0
    done: int = 0
    is_mine: bool = False
    is_waived: bool = False
    is_over: bool = False  # due, and nothing is left to review

    @property
    def extra(self) -> int:
        return max(0, self.done - self.owed)

    @property
    def words(self) -> str:
        """What this person owes on the day: "you owe 1 review", or "1 of 1 reviews done, +1 extra"."""
        more = f", +{self.extra} extra" if self.extra else ""
        if self.done:
            return f"{min(self.done, self.owed)} of {self.owed} reviews done{more}" if self.owed else f"none owed{more}"
        if self.owed:
            reviews = f"{self.owed} review{'s' * (self.owed != 1)}"
            return f"{reviews} missed, it is over" if self.is_over else f"you owe {reviews}"
        return "none owed, waived" if self.is_waived else "none owed, your talk" if self.is_mine else ""


@dataclass
class MySchedule:
    days: list[MyDay]
    summary: TeamSummary
    release: Release | None
    my_team: int | None = None
    has_news: bool = False  # a release that my team has not said to have seen
    changes: list[Change] = field(default_factory=list)  # of my talk since then

    @property
    def done(self) -> int:
        return sum(min(day.done, day.owed) for day in self.days)

    @property
    def owed(self) -> int:
        return sum(day.owed for day in self.days)

    @property
    def extra(self) -> int:
        return sum(day.extra for day in self.days)


def schedule_of(person: Enrollment, *, now: datetime) -> MySchedule:
    """The published schedule for one person of the course, in a fixed number of queries."""
    course, plan = person.course, plans.plan_of(person.course)
    seats = schedule.seats_of(course)
    days = schedule.days(course, plan=plan, seats=seats)
    releases = list(course.releases.order_by("number"))
    found = MySchedule([], team_pages.team_summary(course, days, plan, seats), releases[-1] if releases else None)
    owed = duties.student_duties(person, days, plans.asked_of_reviewers(plan))
    reviews = {review.presentation_id: review for review in person.peer_reviews.all()}
    moved = published_schedule.day_moves(releases)
    for day in days:
        found.days.append(_my_day(person, day, plan, owed, reviews, moved, now))
    mine = [seat.team_id for seat in seats if seat.enrollment_id == person.pk and seat.confirmed_at]
    if mine:
        _mark_news(found, mine[0], days, releases)
    return found


def public_schedule(course: Course) -> list[MyDay]:
    """The published schedule without anyone's name, for the public page."""
    plan = plans.plan_of(course)
    days = schedule.days(course, plan=plan)
    return [MyDay(day, [TalkRow(p.slot.order, p, kind=_kind(p, plan)) for p in day.places]) for day in days]


def _my_day(
    person: Enrollment,
    day: TalkDay,
    plan: PresentationPlan,
    owed: Duties,
    reviews: dict[int, PeerReview],
    moved: dict[int, Change],
    now: datetime,
) -> MyDay:
    mine = MyDay(day, owed=owed.owed_by(person, day), is_mine=any(place.has(person) for place in day.places))
    mine.is_waived = (person.pk, day.meeting.pk) in owed.waived
    counting = {place.talk.pk for place in day.counting}
    mine.done = sum(pk in counting and review.submitted_at is not None for pk, review in reviews.items())
    today = day.meeting.date.isoformat()
    due = owed.due_for(person, day, windows.due_at(day.meeting, owed.plan))
    for place in day.places:
        row = TalkRow(place.slot.order, place, kind=_kind(place, plan), is_mine=place.has(person))
        row.names = ", ".join("you" if speaker.pk == person.pk else speaker.user.short_name for speaker in place.people)
        change = moved.get(place.talk.pk)
        row.moved_from = change if change and change["now"]["date"] == today else None
        row.review = reviews.get(place.talk.pk)
        row.has_feedback = row.is_mine and place.talk.pk in owed.given
        why_not = windows.reason_against(place, person, owed.plan, due=due, given=owed.given, now=now)
        row.can_review = place.talk.pk in counting and not why_not
        mine.rows.append(row)
    mine.is_over = due < now and not any(row.can_review for row in mine.rows)
    left = [change for change in moved.values() if change["was"]["date"] == today]
    mine.rows += [TalkRow(change["was"]["order"], gone=change) for change in left]
    mine.rows.sort(key=lambda row: (row.order, row.gone is not None))
    return mine


def _kind(place: Place, plan: PresentationPlan) -> str:
    key = place.talk.kind
    return plan.kind_labels.get(key, "practice talk" if key == "practice" else "" if key == "guest" else key).lower()


def _mark_news(found: MySchedule, team: int, days: list[TalkDay], releases: list[Release]) -> None:
    """What changed for one's own talk since the team last said to have seen the schedule."""
    found.my_team = team
    talks = [place.talk for place in schedule.places(days) if place.talk.team_id == team]
    if not releases or not talks or talks[0].team is None:
        return
    seen, own = talks[0].team.seen_release, {talk.pk for talk in talks}
    found.has_news = seen < releases[-1].number
    found.changes = published_schedule.combine(
        [c for release in releases if release.number > max(seen, 1) for c in release.changes if c["talk"] in own]
    )
