"""Shared factories: a plan, teams, a released schedule, a swap under way, a review handed in."""

from datetime import datetime, time

from courses.models import ClassMeeting, Course, Enrollment
from portal.testing import Cast, enroll
from presentations.domain import arranging, releases, schedule, swaps, teams, uploads
from presentations.models import (
    PeerReview,
    Presentation,
    PresentationDay,
    PresentationPlan,
    ReviewPlan,
    ReviewRule,
    Slot,
    SwapPair,
    SwapRequest,
    Team,
    TeamFeedback,
    Topic,
)

BEFORE = datetime.fromisoformat("2024-04-02T19:00:00+00:00")  # a week before the first talks
CRITERIA = [
    {"key": "content", "kind": "scale", "label": "Content", "min": 1, "max": 5},
    {"key": "clarity", "kind": "scale", "label": "Clarity", "max": 5},
]
COMMENTS = [{"key": "good", "prompt": "What worked?"}, {"key": "better", "prompt": "What could be better?"}]
DAYS = ("2024-04-10", "2024-04-15", "2024-04-17")  # Wednesday, Monday, Wednesday, at 9:00


def make_plan(course: Course, **fields: object) -> PresentationPlan:
    """Students of both sections present in pairs or trios; the first section owes a review a day."""
    kinds = [{"key": "technology", "label": "Cloud technology"}, {"key": "paper", "label": "Research paper"}]
    plan = PresentationPlan.objects.create(course=course, **{"min_size": 2, "max_size": 3, "kinds": kinds, **fields})
    ReviewPlan.objects.create(course=course, due_days=2, due_time=time(23, 59), criteria=CRITERIA, comments=COMMENTS)
    for position, section in enumerate(course.sections.all()):
        ReviewRule.objects.create(section=section, position=position, is_exempt_on_own_day=bool(position))
    for day in DAYS:
        PresentationDay.objects.create(course=course, meeting=course.meetings.get(date=day))
    return plan


def make_teams(course: Course, n: int = 3, size: int = 2) -> list[Team]:
    """Teams 1 to n of invented students of the second section."""
    people = [enroll(course, f"Tam{'abcdefghij'[k]} T{t}eam", section=1) for t in range(1, n + 1) for k in range(size)]
    return [
        teams.form_team(course, people[size * t : size * t + size], now=BEFORE, number=t + 1, title=f"Topic {t + 1}")
        for t in range(n)
    ]


def released(cast: Cast, n: int = 3, **fields: object) -> list[Team]:
    """Teams with one talk a day, two days apart, released a week before; all may swap with team 1."""
    make_plan(cast.course, **fields)
    formed = make_teams(cast.course, n)
    for k, team in enumerate(formed):
        Team.objects.filter(pk=team.pk).update(kind="paper")
        arranging.move(talk_of(team), cast.course.meetings.get(date=DAYS[k % len(DAYS)]))
        if k:
            SwapPair.objects.create(course=cast.course, team=formed[0], other=team, position=k)
    releases.release(cast.course, by=cast.instructor.user, now=BEFORE)
    return formed


def talk_of(team: Team) -> Presentation:
    """The team's talk."""
    return arranging.talk_of(team)


def member(team: Team, seat: int = 1) -> Enrollment:
    """Who has this seat."""
    return (
        team.members.select_related("enrollment__user", "enrollment__course", "enrollment__section")
        .get(seat=seat)
        .enrollment
    )


def meeting(cast: Cast, day: str) -> ClassMeeting:
    """The class on this date."""
    return cast.course.meetings.get(date=day)


def order_of(course: Course, edition: str = Slot.Edition.DRAFT) -> list[tuple[int, list[str]]]:
    """The day of the month of each presentation day, with who speaks, in order."""
    days = schedule.days(course, edition)
    return [(day.meeting.date.day, [place.talk.who for place in day.places]) for day in days]


def ask_swap(team: Team, other: Team, *, now: datetime = BEFORE) -> SwapRequest:
    """A swap under way: the first of a team asks another team."""
    return swaps.propose(team, other, by=member(team), now=now)


def submitted_review(talk: Presentation, reviewer: Enrollment, **fields: object) -> PeerReview:
    """A review that was handed in, whatever the window says."""
    return PeerReview.objects.create(
        presentation=talk, reviewer=reviewer, **{"saved_at": BEFORE, "submitted_at": BEFORE, **fields}
    )


def day_of(team: Team) -> str:
    """The published date of the team's talk."""
    return str(team.presentations.get().slots.live().get().meeting.date)


def starts_at(team: Team) -> datetime:
    """When the team's day begins."""
    return team.presentations.get().slots.live().get().meeting.starts_at


def handed_in(talk: Presentation, *, by: Enrollment, content: bytes, now: datetime, **typed: str) -> PeerReview:
    """A review that came as a file, and was checked at once."""
    uploads.hand_in(talk, by=by, content=content, typed=typed, now=now)
    uploads.check_due(now)
    return PeerReview.objects.get(presentation=talk, reviewer=by)


def rows(cast: Cast) -> dict[str, object]:
    """One row of everything that an address of presentations names."""
    team1, team2, _ = released(cast)
    topic = Topic.objects.create(course=cast.course, title="One more", folded="one more")
    swap = ask_swap(team1, team2)
    teams.add_member(team1, cast.student, now=BEFORE)
    TeamFeedback.objects.create(presentation=talk_of(team1), released_at=BEFORE, summary="Well done.")
    review = PeerReview.objects.create(presentation=talk_of(team2), reviewer=cast.student, saved_at=BEFORE)
    return {"team": team1, "talk": talk_of(team1), "topic": topic, "swap": swap, "review": review}
