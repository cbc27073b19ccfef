"""The apps of the demo's course with something in every corner: office hours, presentations and credits."""

from datetime import date, time, timedelta

from cloudguard.models import AccountLink
from courses.models import Course, Enrollment
from credits.domain import desk, grants, requests
from credits.tests.world import fake_codes, fill, give
from officehours.domain import appointment_requests, appointments, polls, queues, slots
from officehours.domain.appointments import Wish
from officehours.domain.edits import OwnTerms
from officehours.models import Appointment, AvailabilityPoll, BookingRules, HoursSeries
from officehours.tests.factories import change_date, on, open_queue, starts, wait
from portal.tests.browser.world import AFTER_CLASS, Place
from presentations.domain import feedback, reviews, swaps, topics, windows
from presentations.models import PresentationPlan, Team
from presentations.tests.factories import handed_in
from presentations.tests.test_uploads import pdf

THIS_TUESDAY, NEXT_FRIDAY = date(2023, 11, 28), date(2023, 12, 1)
SPOKEN = {"strengths": "The live demo.", "improve": "Larger figures."}
SCORED = {"content": "4", "clarity": "5", "slides": "3", "questions": "4"}


def fill_office_hours(place: Place) -> None:
    """A Friday that is booked out with people waiting, a queue of today, requests, a moved date and a poll."""
    course, student = place.course, place.student
    BookingRules.objects.create(course=course, is_on=True)
    friday = course.hours_series.get(weekday=NEXT_FRIDAY.weekday())
    tuesday = course.hours_series.get(weekday=THIS_TUESDAY.weekday())
    first, second, third, fourth, *more = _others(place)
    for person, offset in zip((first, student, second, third), (0, 15, 30, 45), strict=True):
        wish = Wish("Why does my Lambda time out?")
        starts_at = starts(friday, offset, NEXT_FRIDAY)
        appointments.book(on(friday, NEXT_FRIDAY), by=person, starts_at=starts_at, wish=wish, now=AFTER_CLASS)
    for person in (fourth, *more[:2]):
        wait(friday, person, NEXT_FRIDAY, now=AFTER_CLASS)
    asked = _asked(place, student)
    countered = _asked(place, first)
    appointment_requests.counter(
        countered, by=place.instructor, times=[AFTER_CLASS + timedelta(days=3)], now=AFTER_CLASS
    )
    queue = open_queue(tuesday, THIS_TUESDAY, now=AFTER_CLASS)
    for person in more[:6]:
        queues.join(queue, by=person, topic="Step Functions", team=None, now=AFTER_CLASS)
    mine = queues.join(queue, by=student, topic="IAM", team=None, now=AFTER_CLASS)
    queues.call_next(queue, now=AFTER_CLASS)
    queues.run_late(queue, 10)
    next_tuesday = THIS_TUESDAY + timedelta(days=7)
    moved = OwnTerms(next_tuesday, time(13), time(14), tuesday.mode, "CP 108", "")
    change_date(tuesday, next_tuesday, moved, reason="Conference", now=AFTER_CLASS)
    _offer_and_change(friday, student)
    closed, poll = (_poll(course, more[:8]) for _ in range(2))
    polls.close(closed, now=AFTER_CLASS)
    place.rows |= {"hours": on(friday, NEXT_FRIDAY), "appointment": asked, "place": mine, "poll": poll}
    place.more += [
        place.path("poll", pk=closed.pk),
        place.path("hours_queue", pk=on(tuesday, THIS_TUESDAY).pk),
        place.path("hours_date", pk=on(tuesday, THIS_TUESDAY).pk),
    ]


def _poll(course: Course, people: list[Enrollment]) -> AvailabilityPoll:
    grid = {"weekdays": [0, 1, 2, 3, 4], "start": time(9), "end": time(17)}
    poll = AvailabilityPoll.objects.create(course=course, opened_at=AFTER_CLASS, **grid)
    for person in people:
        polls.answer(poll, by=person, given={"1 10:00": "yes", "3 11:00": "maybe"})
    return poll


def _offer_and_change(friday: HoursSeries, student: Enrollment) -> None:
    """A slot that is offered to the student, and a booking that was cancelled with its reason."""
    hours = on(friday, NEXT_FRIDAY + timedelta(days=7))
    (slot, *_) = slots.all_slots(hours, slots.rules_of(friday.course))
    Appointment.objects.create(
        course=friday.course, host=friday.host, student=student, hours=hours, starts_at=slot.starts_at,
        ends_at=slot.ends_at, state="offered", offered_until=slot.starts_at, created_at=AFTER_CLASS,
    )  # fmt: skip
    last = Appointment.objects.filter(starts_at=starts(friday, 45, NEXT_FRIDAY))
    last.update(state="cancelled", reason="Holiday", ended_by=Appointment.Ended.STAFF)


def _others(place: Place) -> list[Enrollment]:
    people = place.course.enrollments.students().exclude(pk=place.student.pk)
    return list(people.select_related("user", "course", "section").order_by("pk"))


def _asked(place: Place, student: Enrollment) -> Appointment:
    times = [AFTER_CLASS + timedelta(days=days) for days in (1, 2)]
    return appointment_requests.ask(
        place.course, by=student, host=place.instructor, times=times, wish=Wish("My project"), now=AFTER_CLASS
    )


def fill_presentations(place: Place) -> None:
    """The talks of today held and reviewed, one team's feedback given, a swap asked for, topics, an extension."""
    course, student = place.course, place.student
    PresentationPlan.objects.filter(course=course).update(is_public=True)
    first, second = course.presentations.filter(team__number__in=(3, 1)).order_by("-team__number")
    reviewers = [person for person in _others(place) if person.section != course.sections.last()][:5]
    for talk in (first, second):
        for reviewer in reviewers:
            reviews.submit(talk, by=reviewer, typed=SPOKEN | SCORED, now=AFTER_CLASS)
    uploaded = handed_in(second, by=student, content=pdf(), now=AFTER_CLASS)
    feedback.release(first, now=AFTER_CLASS, summary="Well done.")
    windows.set_allowance(
        student, course.meetings.get(date=THIS_TUESDAY), by=place.instructor.user, is_waived=False,
        extended_until=AFTER_CLASS + timedelta(days=9), reason="Ill",
    )  # fmt: skip
    nine, six = (course.teams.get(number=number) for number in (9, 6))
    asked = swaps.propose(nine, six, by=_member(nine), now=AFTER_CLASS)
    topic = topics.suggest(course, title="Serverless in the wild")
    place.rows |= {"team": nine, "talk": first, "topic": topic, "swap": asked, "review": uploaded}
    place.more += [place.path(page, pk=second.pk) for page in ("talk_review", "talk_reviews")]


def _member(team: Team) -> Enrollment:
    return team.members.select_related("enrollment__user", "enrollment__course").order_by("seat")[0].enrollment


def fill_credits(place: Place) -> None:
    """Codes in stock, one collected, one reported as faulty, one waiting to be collected, requests, the desk."""
    pool, by = place.course.credit_pools.get(), place.instructor.user
    first, second, third, fourth, fifth, *_ = _others(place)
    fill(pool, fake_codes(6))
    mine = give(pool, place.student, now=AFTER_CLASS)
    shown = give(pool, first, now=AFTER_CLASS)
    grants.reveal(shown, by=first, now=AFTER_CLASS)
    grants.report_faulty(shown, by=first, words="It says: used already.", now=AFTER_CLASS)
    asked = [requests.ask(pool, by=person, now=AFTER_CLASS) for person in (second, third, fourth)]
    requests.decline(asked[2], by=by, reason="You have one already.", now=AFTER_CLASS)
    desk.start(pool, fifth, by=by, channel="break", now=AFTER_CLASS)
    place.rows |= {"credit_pool": pool, "grant": mine, "credit_request": asked[0]}
    place.rows["cost_reminder"] = place.course.cost_reminders.first()
    prices = place.course.running_prices
    place.rows["price"] = prices.create(kind="volume", size="gp3", usd="0.08", priced_on=THIS_TUESDAY)
    AccountLink.objects.create(enrollment=place.student, external_id="portal-invented", consented_at=AFTER_CLASS)


def furnish(place: Place) -> Place:
    """Fill every app of this course."""
    fill_office_hours(place)
    fill_presentations(place)
    fill_credits(place)
    return place
