# ruff: noqa
"""How the databases of 0.1.0 were made: `DATA_DIR=… DATABASE_URL=… python -m portal.tests.upgrades.make`.

It calls the verbs of that version, and runs on no other.
"""

import base64
import json
import os
import shutil
import sys
import tempfile
from datetime import date, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from courses.domain import announcements  # noqa: E402
from courses.models import Enrollment, Role  # noqa: E402
from credits.domain import desk, grants, requests  # noqa: E402
from credits.models import AccountLink, Finding, Grant  # noqa: E402
from credits.tests.world import fake_codes, fill  # noqa: E402
from feedback.domain import separation, surveys  # noqa: E402
from mail.tasks import send_due  # noqa: E402
from officehours.domain import asking, bookings, editing, feeds, occurrences, polls, queues, series, waiting  # noqa: E402
from officehours.domain.bookings import Wish  # noqa: E402
from officehours.domain.editing import Edit, Scope  # noqa: E402
from officehours.domain.terms import Held, Terms  # noqa: E402
from officehours.models import BookingRules, CalendarFeed, HoursSeries  # noqa: E402
from portal.demo import hand_out_credits, read_demo  # noqa: E402
from portal.tests.browser import rooms  # noqa: E402
from portal.tests.browser.world import AFTER_CLASS, DEMO, L16, Place, empty, lived_in, nobody, oracle  # noqa: E402
from portal.tests.routes import all_routes  # noqa: E402
from portal.tests.upgrades.asking import NOBODY  # noqa: E402
from portal.tests.upgrades.asking import _browser as asking_browser  # noqa: E402
from portal.tests.upgrades.asking import _status as asking_status
from presentations.domain import reviews, swaps  # noqa: E402
from presentations.models import PresentationPlan  # noqa: E402

WAS = "- host: instructor@example.edu\n  weekday: friday\n  start: '11:00'\n  end: '12:00'\n"
NEW = "- key: instructor@example.edu friday 11:00\n" + WAS.replace("- ", "  ").replace("11:", "13:").replace(
    "12:", "14:"
)
NOW = AFTER_CLASS  # Tuesday, November 28, 2023, 5:45 pm in the course
FRIDAY, NEXT_FRIDAY = date(2023, 12, 1), date(2023, 12, 8)


def make() -> tuple[Place, Place]:
    """A lived-in demo."""
    call_command("createcachetable")
    place = lived_in(oracle())
    hand_out_credits(read_demo(DEMO, around=NOW.date(), now=NOW))
    rooms.fill_presentations(place)
    fill_presentations(place)
    fill_credits(place)
    fill_guard(place)
    answer_late(place)
    fill_office_hours(place)
    read_feeds(place)
    change_office_hours(place)
    load_changed_file(place)
    read_feeds(place, only_staff=True)
    write_announcement(place)
    other = empty(place.instructor)
    nobody()
    separation.compact_due(NOW)
    return place, other


def others(place: Place) -> list[Enrollment]:
    """The students but the one who looks, in the order of the roster."""
    return rooms._others(place)


def answer_late(place: Place) -> None:
    """Three late answers to a frozen survey: under five, so they wait."""
    survey = place.course.surveys.get(meeting__date=L16)
    missing = place.course.enrollments.students().exclude(completions__survey=survey).order_by("pk")[:3]
    for person, words in zip(missing, ("Why Aurora?", "", "What is a pod?"), strict=True):
        given = surveys.check_answers(survey, {"material": "6", "pace": "5", "question": words})
        surveys.submit_response(survey, by=person, answers=given, now=NOW)


def fill_presentations(place: Place) -> None:
    """A draft of a review, a swap that both teams want, and one that was declined."""
    course = place.course
    (talk,) = course.presentations.filter(team__number=1)
    reviews.save_draft(talk, by=others(place)[40], typed={"content": "3", "strengths": "Calm."}, now=NOW)
    PresentationPlan.objects.filter(course=course).update(swaps_need_approval=True)
    nine, seven, eight = (course.teams.get(number=number) for number in (9, 7, 8))
    agreed = swaps.propose(nine, seven, by=rooms._member(nine), now=NOW, note="One of us is away.")
    swaps.accept(agreed, by=rooms._member(seven), now=NOW)
    declined = swaps.propose(nine, eight, by=rooms._member(nine), now=NOW)
    swaps.decline(declined, by=rooms._member(eight), now=NOW)


def fill_credits(place: Place) -> None:
    """Beside the demo's hand-outs: one not shown yet, one shown and reported, requests, a desk with its digits."""
    pool, by = place.course.credit_pools.get(), place.instructor.user
    have = place.course.enrollments.filter(pk__in=pool.grants.values("enrollment"))
    without = [person for person in others(place) if person not in have]
    fill(pool, fake_codes(12))
    mine = pool.grants.filter(enrollment=place.student).first() or grants.claim_code(pool, by=place.student, now=NOW)
    unseen, shown = (grants.claim_code(pool, by=person, now=NOW) for person in without[:2])
    grants.reveal(shown, by=shown.enrollment, now=NOW)
    grants.report_faulty(shown, by=shown.enrollment, words="It says: used already.", now=NOW)
    asked = [requests.ask(pool, by=person, now=NOW) for person in without[2:5]]
    requests.decline(asked[2], by=by, reason="You have one already.", now=NOW)
    desk.start(pool, without[5], by=by, channel="break", now=NOW)
    place.rows |= {"credit_pool": pool, "grant": mine, "credit_request": asked[0]}
    place.rows["cost_reminder"] = place.course.cost_reminders.first()


def fill_guard(place: Place) -> None:
    """An account that is linked, swept last night, with a forgotten machine and a volume; prices are there."""
    link = AccountLink.objects.create(
        enrollment=others(place)[5], external_id="portal-invented-two", consented_at=NOW, linked_at=NOW, state="linked",
        role_arn="arn:aws:iam::111122223333:role/course-portal/look", swept_on=NOW.date(), swept_at=NOW,
        regions=["us-east-1"],
    )  # fmt: skip
    seen = {"link": link, "region": "us-east-1", "first_seen_at": NOW, "seen_on": NOW.date()}
    Finding.objects.create(kind="instance", resource_id="i-0invented", size="c5d.large spot", since=NOW, **seen)
    Finding.objects.create(kind="volume", resource_id="vol-0invented", size="gp3", amount=30, is_idle=True, **seen)
    for kind, size, usd in (("instance", "c5d.large spot", "0.03"), ("volume", "gp3", "0.08")):
        place.rows["price"] = place.course.running_prices.create(kind=kind, size=size, usd=usd, priced_on=NOW.date())
    AccountLink.objects.create(enrollment=place.student, external_id="portal-invented", consented_at=NOW)


def fill_office_hours(place: Place) -> None:
    """Two booked Fridays, one of them split off, with people waiting; an offer that runs; requests, a poll, a queue."""
    course, student = place.course, place.student
    BookingRules.objects.create(course=course, is_on=True)
    friday, tuesday = (course.hours_series.get(weekday=weekday) for weekday in (4, 1))
    everyone = others(place)
    team_nine = rooms._member(course.teams.get(number=9))
    for person, offset in zip((everyone[0], student, everyone[1]), (0, 15, 30), strict=True):
        book(friday, person, FRIDAY, offset)
    book(friday, team_nine, FRIDAY, 45, team=9)
    for person, offset in zip(everyone[2:6], (0, 15, 30, 45), strict=True):
        book(friday, person, NEXT_FRIDAY, offset)
    for person, offset in zip(everyone[6:8], (0, 15), strict=True):
        book(friday, person, date(2023, 12, 15), offset)
    for person, offset in zip(everyone[8:10], (0, 15), strict=True):
        book(tuesday, person, date(2023, 12, 5), offset)
    for person in everyone[10:13]:
        waiting.join(course, by=person, series=friday.pk, on=FRIDAY, topic="Costs", now=NOW)
    waiting.join(course, by=everyone[13], series=friday.pk, on=NEXT_FRIDAY, topic="Costs", now=NOW)
    freed = course.appointments.get(student=everyone[1], on=FRIDAY)
    bookings.give_up(freed, by=everyone[1], now=NOW)
    times = [NOW + timedelta(days=days) for days in (1, 2)]
    asked, countered, agreed = (
        asking.ask(course, by=person, host=place.instructor, times=times, wish=Wish("My project"), now=NOW)
        for person in (student, everyone[14], everyone[15])
    )
    asking.counter(countered, by=place.instructor, times=[NOW + timedelta(days=3)], now=NOW, place="CP 229")
    asking.accept(agreed, time=times[0], by=place.instructor, now=NOW, place="CP 229")
    queue = queues.open_queue(course, tuesday.pk, NOW.astimezone(course.zone).date(), now=NOW)
    for person in everyone[20:26]:
        queues.join(queue, by=person, topic="Step Functions", team=None, now=NOW)
    mine = queues.join(queue, by=student, topic="IAM", team=None, now=NOW)
    queues.join(queue, by=team_nine, topic="Our talk", team=9, now=NOW)
    queues.call_next(queue, now=NOW)
    queues.run_late(queue, 10)
    closed, poll = (rooms._poll(course, everyone[:8]) for _ in range(2))
    polls.close(closed, now=NOW)
    place.rows |= {"hours": friday, "appointment": asked, "place": mine, "poll": poll}
    place.dates["hours"] = FRIDAY


def book(hours: HoursSeries, person: Enrollment, on: date, offset: int, team: int | None = None) -> None:
    """One slot."""
    wish = Wish("Why does my Lambda time out?", team)
    bookings.book(hours.course, by=person, series=hours.pk, on=on, offset=offset, wish=wish, now=NOW)


def change_office_hours(place: Place) -> None:
    """A moved date, a date of other hours, cancelled ones, and Fridays an hour later from December 8 on (split)."""
    course = place.course
    friday, tuesday = (course.hours_series.get(weekday=weekday) for weekday in (4, 1))
    edit(
        place,
        tuesday,
        date(2023, 12, 5),
        Scope.THIS,
        Held(date(2023, 12, 6), time(13), time(14), tuesday.mode, "CP 108", ""),
        "A conference",
    )
    edit(place, friday, date(2023, 12, 15), Scope.THIS, None, "Travelling")
    edit(
        place,
        friday,
        NEXT_FRIDAY,
        Scope.FROM,
        Held(NEXT_FRIDAY, time(10, 30), time(12), friday.mode, friday.place, friday.url),
        "After the exam of another course",
    )
    later = course.hours_series.get(lineage=friday.lineage, first_on=NEXT_FRIDAY)
    clinic = series.create(
        course, host=course.enrollments.get(user__email="assistant@example.edu").user,
        terms=Terms(weekday=2, start=time(10), end=time(11), mode="both", place="CP 101", url="https://zoom.example.edu/j/5550101", title="Lab clinic"),
        first_on=date(2023, 10, 4), last_on=date(2023, 12, 13), now=NOW,
    )  # fmt: skip
    place.rows["clinic"] = clinic
    series.hold_anyway(clinic, date(2023, 11, 22))
    edit(
        place,
        clinic,
        date(2023, 12, 6),
        Scope.FROM,
        Held(date(2023, 12, 7), time(10), time(11), "both", "CP 101", clinic.url),
        "",
    )
    edit(
        place,
        clinic,
        date(2023, 11, 29),
        Scope.TO_COME,
        Held(date(2023, 11, 29), time(9, 30), time(10, 45), "both", "CP 102", clinic.url),
        "",
    )
    assert later.appointments.holding().count() == 5  # four are booked, and the new first slot is offered


def edit(place: Place, hours: HoursSeries, on: date, scope: Scope, held: Held | None, reason: str) -> None:
    """One change, confirmed as it was shown."""
    hours.refresh_from_db()
    wanted = Edit(hours.pk, on, scope, held, title=hours.title, reason=reason)
    found = editing.rehearse(place.course, wanted, now=NOW)
    assert found.dates
    assert editing.apply(place.course, wanted, by=place.instructor, seen=found.fingerprint, now=NOW) is None


def load_changed_file(place: Place) -> None:
    """The course file with the first Fridays two hours later: those who are booked were not told yet."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DEMO, folder, dirs_exist_ok=True)
        out = Path(folder, "export")
        call_command("export_course", place.course.slug, str(out), stdout=StringIO())
        file = out / "course.yaml"
        text = file.read_text()
        assert text.count(WAS) == 1
        file.write_text(text.replace(WAS, NEW))
        call_command("load_course", str(out), stdout=StringIO(), stderr=StringIO())
    assert place.course.appointments.filter(known_start__isnull=False).exists()


def read_feeds(place: Place, *, only_staff: bool = False) -> None:
    """Calendars of a few people, read once; later changes were told to some only."""
    people = [place.instructor] if only_staff else [place.student, place.instructor, *others(place)[:16]]
    for person in people:
        assert Client(SERVER_NAME="127.0.0.1").get(f"/calendar/{feeds.feed_of(person).token}.ics").status_code == 200
    assert Client(SERVER_NAME="127.0.0.1").get(f"/c/{place.course.slug}/office-hours.ics").status_code == 200


def write_announcement(place: Place) -> None:
    """One whose letters wait; those of before are sent."""
    send_due((NOW + timedelta(hours=16)).isoformat())
    posted = announcements.write_announcement(
        place.course, title="No class on Friday", text="There never is.", by=place.instructor.user, now=NOW
    )
    announcements.post_announcement(posted, now=NOW)


def asked_of(place: Place, other: Place) -> dict[str, Any]:
    """What every later version is asked too: pages by person, dates of office hours, feeds, codes and figures."""
    people = [place.student, place.instructor, place.course.enrollments.get(role=Role.ASSISTANT), other.student]
    team = Enrollment.objects.filter(team_seats__team__number=9).first()
    emails = [person.user.email for person in (*people, team)] + ["sam.stranger@elsewhere.example", NOBODY]
    routes = [
        route
        for route in all_routes()
        if route.name not in {"calendar_feed", "theme", "account_logout", "mailbox_letter", "mailbox_html"}
    ]
    paths = [path for route in routes for each in (place, other) if (path := each.path_of(route))]
    paths = list(dict.fromkeys([*paths, *place.more, *other.more]))
    browsers = {email: asking_browser(email) for email in emails}
    pages = {email: [path for path in paths if asking_status(browsers[email], path) in (200, 403)] for email in emails}
    dates = [
        place.path("hours_date", pk=hours.pk, date=on)
        for hours in place.course.hours_series.all()
        for on in sorted({*occurrences.dates(hours), *lineage_dates(hours)})
    ]
    dates += [
        place.path("hours_date", pk=place.rows["clinic"].pk, date=on) for on in (date(2023, 12, 6), date(2023, 12, 13))
    ]
    readers = [*people, team, *others(place)[:3]]
    tokens = CalendarFeed.objects.filter(enrollment__in=readers).order_by("pk").values_list("token", flat=True)
    unseen = Grant.objects.filter(revealed_at__isnull=True).select_related("enrollment__user").order_by("pk")[:5]
    slug = place.course.slug
    files = {
        one.name: base64.b64encode(one.read_bytes()).decode() for one in Path(settings.DATA_DIR, "files").rglob("*.pdf")
    }
    return {
        "version": "0.1.0", "now": NOW.isoformat(), "people": emails, "reader": place.student.user.email, "pages": pages,
        "files": {f"reviews/{name}": text for name, text in files.items()}, "dates": sorted(set(dates)),
        "feeds": [*(f"/calendar/{token}.ics" for token in tokens), f"/c/{slug}/office-hours.ics"],
        "codes": {place.path("credit_reveal", pk=grant.pk): grant.enrollment.user.email for grant in unseen},
        "figures": [
            f"survey_recap {slug} 2023-11-16 --format json", f"survey_recap {slug} 2023-11-21 --format json",
            f"reviews_owed {slug} --format json", f"credits_as_of {slug} 2023-11-27T23:59:59-08:00 --format json",
            f"verify_audit {slug}", f"audit_anonymity {slug}",
            *(f"office_hours_week {slug} {day} --format json" for day in (
                "2023-10-31", "2023-11-07", "2023-11-21", "2023-11-28", "2023-12-05", "2023-12-12")),
        ],
    }  # fmt: skip


def lineage_dates(hours: HoursSeries) -> list[date]:
    """The dates that an address named before a series was split."""
    parts = hours.course.hours_series.filter(lineage=hours.lineage).order_by("pk")
    return [on for part in parts for on in occurrences.dates(part)] if parts[0] == hours else []


if __name__ == "__main__":
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    with time_machine.travel(NOW, tick=False):
        asked = asked_of(*make())
    Session.objects.all().delete()
    json.dump(asked, sys.stdout)
