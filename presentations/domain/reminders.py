"""Reminders of talks, reviews and swaps, derived from the published schedule as it is now; so they follow each move."""

from collections import defaultdict
from datetime import datetime, time, timedelta

from django.db.models import F, Q

from courses.domain import calendar, letters
from courses.models import Course, Enrollment
from mail.models import Message
from presentations.domain import duties, schedule, windows
from presentations.domain.duties import Duties
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PeerReview, Slot, SwapRequest, TeamMember

TALK, REVIEW, SWAP, INVITATION = "talk_reminder", "review_reminder", "swap", "team_invitation"
MORNING = time(8)
AHEAD = (7, 1, 0)  # days before the talk
NEAR = timedelta(days=8)
EXPIRES_SOON = timedelta(hours=12)


def remind_due(now: datetime) -> int:
    """Post every reminder whose time has come and that was not posted yet; how many letters."""
    begun = Slot.objects.live().filter(meeting__starts_at__lt=now + NEAR)
    recent = begun.filter(meeting__starts_at__gt=now - 8 * NEAR)
    longer = Enrollment.objects.filter(review_allowances__extended_until__gte=now - NEAR)
    lasts = Q(ends_on__gte=(now - NEAR).date()) | Q(pk__in=recent.values("course")) | Q(pk__in=longer.values("course"))
    courses = Course.objects.filter(lasts, pk__in=begun.values("course"))
    return sum(_remind(course, now) for course in courses) + _of_swaps(now)


def _remind(course: Course, now: datetime) -> int:
    days = schedule.days(course)
    own = sum(_of_talk(place, now) for place in schedule.places(days))
    return own + _of_reviews(course, days, now)


def _of_talk(place: Place, now: datetime) -> int:
    """One's own talk in 7 days, tomorrow, and this morning: the nearest of these that has come, in true words."""
    meeting = place.slot.meeting
    if not place.people or meeting.is_cancelled or now >= place.starts_at:
        return 0
    course = meeting.course
    come = [n for n in AHEAD if now >= calendar.instant(course, meeting.date - timedelta(days=n), MORNING)]
    if not come:
        return 0
    return letters.post_to(
        course,
        TALK,
        people=place.people,
        key=f"{_talk_key(place)}:{come[-1]}",
        kind=TALK,
        now=now,
        thread=f"talk-{place.talk.team_id}",
        expires_at=place.starts_at,
        place=place,
        days=(meeting.date - calendar.local_date(course, now)).days,
    )


def _talk_key(place: Place) -> str:
    return f"talk:{place.talk.pk}:{place.starts_at:%Y-%m-%dT%H%M}"


def _of_reviews(course: Course, days: list[TalkDay], now: datetime) -> int:
    """To those who owe: that the review is open, when class begins; that it is due tomorrow, from the morning on."""
    begun = [day for day in days if day.counting and day.meeting.starts_at <= now]
    if not begun:
        return 0
    owed, done = duties.course_duties(course, days), _done(course)
    return sum(_of_day(day, windows.due_at(day.meeting, owed.plan), owed, done, now) for day in begun)


def _done(course: Course) -> set[tuple[int, int]]:
    written = PeerReview.objects.submitted().filter(presentation__course=course)
    return set(written.values_list("reviewer", "presentation"))


def _of_day(day: TalkDay, due: datetime, owed: Duties, done: set[tuple[int, int]], now: datetime) -> int:
    """One letter to all who have the same time for a day, and the same talks to choose from."""
    alike: dict[tuple[datetime, tuple[int, ...]], list[Enrollment]] = defaultdict(list)
    for student in owed.students:
        own = owed.due_for(student, day, due)
        if now < own + calendar.MINUTE and _left(student, day, owed, done) > 0:
            alike[own, _open_to(student, day, owed, done)].append(student)
    return sum(_of_due(day, own, people, talks, now, has_more=own != due) for (own, talks), people in alike.items())


def _open_to(student: Enrollment, day: TalkDay, owed: Duties, done: set[tuple[int, int]]) -> tuple[int, ...]:
    """The talks that someone may still review: not their own, not written, not given to the team."""
    talks = [place.talk.pk for place in day.counting if not place.has(student)]
    return tuple(pk for pk in talks if pk not in owed.given and (student.pk, pk) not in done)


def _of_due(
    day: TalkDay, due: datetime, people: list[Enrollment], talks: tuple[int, ...], now: datetime, *, has_more: bool
) -> int:
    course = day.meeting.course
    eve = calendar.instant(course, calendar.local_date(course, due) - timedelta(days=1), MORNING)
    stage = "due" if now >= max(eve, day.meeting.ends_at) else "open"
    return letters.post_to(
        course,
        REVIEW,
        people=people,
        key=_review_key(day, stage, due if has_more else None),
        kind=REVIEW,
        now=now,
        thread=f"reviews-{day.meeting.pk}",
        expires_at=due + calendar.MINUTE,
        day=day,
        places=[place for place in day.counting if place.talk.pk in talks],
        due_at=due,
        stage=stage,
    )


def _review_key(day: TalkDay, stage: str, extended: datetime | None) -> str:
    """Who gets more time after they were told that it is over soon is told again, the day before their own time."""
    own = f":{extended:%Y-%m-%dT%H%M}" if extended and stage == "due" else ""
    return f"review:{day.meeting.pk}:{stage}{own}"


def _left(student: Enrollment, day: TalkDay, owed: Duties, done: set[tuple[int, int]]) -> int:
    return owed.owed_by(student, day) - sum((student.pk, place.talk.pk) in done for place in day.counting)


def _of_swaps(now: datetime) -> int:
    """To a team whose answer is awaited, when the time for it is nearly over; not if it was asked as late as that."""
    ending = SwapRequest.objects.filter(
        state=SwapRequest.State.OPEN,
        expires_at__gt=now,
        expires_at__lte=now + EXPIRES_SOON,
        created_at__lt=F("expires_at") - EXPIRES_SOON,
    )
    return sum(_of_swap(swap, now) for swap in ending.select_related("course", "from_team", "to_team"))


def _of_swap(swap: SwapRequest, now: datetime) -> int:
    seats = swap.to_team.members.active().select_related("enrollment__user")
    return letters.post_to(
        swap.course,
        "swap_asked",
        people=[seat.enrollment for seat in seats],
        key=f"swap:{swap.pk}:expiring",
        kind=SWAP,
        now=now,
        thread=f"swap-{swap.pk}",
        swap=swap,
        expires_at=swap.expires_at,
    )


def is_still_true(message: Message) -> bool:
    """Whether a letter still holds when its turn comes: talk, duty, seat and swap still stand."""
    parts = message.key.split(":")
    if message.kind == TALK:
        return _is_still_theirs(message, int(parts[1]))
    if message.kind == REVIEW:
        return _is_still_owed(message, int(parts[1]))
    if message.kind == INVITATION:
        return TeamMember.objects.filter(pk=parts[1], confirmed_at=None).exists()
    if message.kind == "swap_to_approve":
        return SwapRequest.objects.filter(pk=parts[1], state=SwapRequest.State.AGREED).exists()
    if message.kind == SWAP and parts[-1] in ("asked", "expiring"):
        return SwapRequest.objects.filter(pk=parts[1], state=SwapRequest.State.OPEN).exists()
    return True


def _is_still_theirs(message: Message, talk: int) -> bool:
    """Whether the talk stands at the hour that the letter says, and whoever gets it is among those who speak."""
    course = Course.objects.filter(slug=message.course_slug, presentations=talk).first()
    places = schedule.places(schedule.days(course)) if course else []
    place = next((place for place in places if place.talk.pk == talk), None)
    if place is None or place.slot.meeting.is_cancelled or not message.key.startswith(f"{_talk_key(place)}:"):
        return False
    return any(person.user_id == message.recipient_id for person in place.people)


def _is_still_owed(message: Message, meeting: int) -> bool:
    people = Enrollment.objects.students().filter(course__slug=message.course_slug, user=message.recipient_id)
    person = people.select_related("course", "section").first()
    if person is None:
        return False
    days = schedule.days(person.course)
    owed, done = duties.student_duties(person, days), _done(person.course)
    day = next((day for day in days if day.meeting.pk == meeting), None)
    if day is None or _left(person, day, owed, done) <= 0:
        return False
    extended = owed.extended.get((person.pk, meeting))
    due = windows.due_at(day.meeting, owed.plan)
    stage = message.key.split(":")[2]
    return message.key == _review_key(day, stage, extended if extended and extended > due else None)
