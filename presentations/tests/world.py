"""A small course with teams and a released schedule, and the demo's course as it is loaded."""

from datetime import datetime, time

from courses.models import Course, Enrollment
from portal.testing import Cast, enroll
from presentations.domain import arranging, releases, swaps, teams
from presentations.models import (
    PeerReview,
    Presentation,
    PresentationDay,
    PresentationPlan,
    ReviewPlan,
    ReviewRule,
    SwapPair,
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
        teams.form(course, people[size * t : size * t + size], now=BEFORE, number=t + 1, title=f"Topic {t + 1}")
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


def day_of(team: Team) -> str:
    """The published date of the team's talk."""
    return str(team.presentations.get().slots.live().get().meeting.date)


def starts_at(team: Team) -> datetime:
    """When the team's day begins."""
    return team.presentations.get().slots.live().get().meeting.starts_at


def rows(cast: Cast) -> dict[str, object]:
    """One row of everything that an address of this room names."""
    one, two, _ = released(cast)
    topic = Topic.objects.create(course=cast.course, title="One more", folded="one more")
    swap = swaps.propose(one, two, by=member(one), now=BEFORE)
    teams.place(one, cast.student, now=BEFORE)
    TeamFeedback.objects.create(presentation=talk_of(one), released_at=BEFORE, summary="Well done.")
    review = PeerReview.objects.create(presentation=talk_of(two), reviewer=cast.student, saved_at=BEFORE)
    return {"team": one, "talk": talk_of(one), "topic": topic, "swap": swap, "review": review}
