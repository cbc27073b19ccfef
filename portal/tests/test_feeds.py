"""Calendars as other programs read them: parsed with a library that had no part in writing them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
import vobject
from django.test import Client

from courses.domain import calendar as course_calendar
from courses.models import Assignment, Course, Enrollment
from feedback.domain import surveys
from feedback.tests.world import make_plan
from mail.domain import delivery
from officehours.domain import calendar_feeds
from officehours.domain.edits import OwnTerms
from officehours.tests.factories import book, cancel, change_date, make_hours, turn_booking_on
from portal.course_file.loading import load, read_folder
from portal.feeds import KINDS
from portal.testing import NOON, Cast, client_of, enroll, make_course
from portal.tests.course_files import DEMO
from presentations.domain import swaps
from presentations.tests import factories as talks

pytestmark = pytest.mark.django_db
APRIL_16 = date(2024, 4, 16)
LINK = "https://zoom.example.edu/j/1"


def read(url: str, client: Client | None = None) -> dict[str, Any]:
    """The events of a feed by UID (without the portal's name), read by vobject."""
    answer = (client or Client()).get(url)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    whole = vobject.readOne(answer.content.decode())
    return {event.uid.value.partition("@")[0]: event for event in getattr(whole, "vevent_list", [])}


def mine(person: Any) -> str:
    return f"/calendar/{calendar_feeds.feed_of(person).token}.ics"


def sequence(event: Any) -> int:
    return int(event.sequence.value)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_every_tuesday_of_the_demo_is_at_half_past_two_in_the_public_feed():
    load(read_folder(DEMO), now=datetime(2023, 10, 1, tzinfo=UTC))
    zone = Course.objects.get().zone
    events = list(read("/c/tcss562-f23/office-hours.ics").values())
    local = [event.dtstart.value.astimezone(zone) for event in events]
    tuesdays = [start for start in local if start.weekday() == 1]
    assert [f"{start:%Y-%m-%d %H:%M}" for start in sorted(tuesdays)] == [
        f"{date(2023, 10, 3) + timedelta(weeks=n)} 14:30" for n in range(11)
    ]
    offsets = {f"{start:%m}": start.utcoffset() for start in tuesdays}
    assert offsets["10"] == timedelta(hours=-7) and offsets["12"] == timedelta(hours=-8)
    (thanksgiving,) = [event for event, start in zip(events, local, strict=True) if f"{start:%m-%d}" == "11-24"]
    assert (thanksgiving.status.value, thanksgiving.description.value) == ("CANCELLED", "Thanksgiving holiday")


def test_times_go_out_in_utc_so_that_a_program_need_not_know_the_zone(cast: Cast):
    make_hours(cast)
    text = Client().get("/c/cs101-s24/office-hours.ics").content.decode()
    assert "VTIMEZONE" not in text and "TZID" not in text
    assert "DTSTART:20240416T213000Z" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


CONTROLS = "Talk\x0bone\x08two\x7f\x9b"


def test_control_characters_reach_no_feed_and_no_header(cast: Cast, mailoutbox: list[Any]):
    turn_booking_on(cast)
    hours = make_hours(cast)
    cast.course.meetings.update(title=CONTROLS, place=CONTROLS)
    cast.course.code = "CS\x08 1"
    cast.course.save()
    cast.student.user.name = CONTROLS
    cast.student.user.save()
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    monday = NOON + timedelta(days=6)
    cancel(hours, APRIL_16, reason=CONTROLS, now=monday)
    delivery.send_due(now=monday, clock=lambda: monday)
    texts = [client_of(person).get(mine(person)).content.decode() for person in (cast.student, cast.instructor)]
    texts.append(Client().get("/c/cs101-s24/office-hours.ics").content.decode())
    for letter in mailoutbox:
        whole = letter.message()
        texts += [str(value) for value in whole.values()]
        texts += [content for content, kind in letter.alternatives if kind.startswith("text/calendar")]
    assert any("METHOD:" in text for text in texts[3:]), "no letter carried a calendar"
    assert not [text for text in texts if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)]


def read_with_icalendar(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    """When each event of a feed begins and ends (UTC), and its summary, as the second parser reads it."""
    return {
        str(event["uid"]): (event.start.astimezone(UTC), event.end.astimezone(UTC), str(event["summary"]))
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }


def read_by_hand(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    """The same by the plain rules of RFC 5545, without a library: lines unfolded, parted at the first colon."""
    events = {}
    for body in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text.replace("\r\n ", ""), re.DOTALL):
        fields = dict(line.split(":", 1) for line in body.strip().split("\r\n"))
        start, end = (datetime.strptime(fields[name], "%Y%m%dT%H%M%S%z") for name in ("DTSTART", "DTEND"))
        events[fields["UID"]] = (start, end, re.sub(r"\\([,;\\])", r"\1", fields["SUMMARY"]))
    return events


def test_parsers_that_share_no_code_read_every_kind_of_event_alike(cast: Cast):
    address = mine(everything(cast))
    text = Client().get(address).content.decode()
    by_vobject = {
        event.uid.value: (event.dtstart.value.astimezone(UTC), event.dtend.value.astimezone(UTC), event.summary.value)
        for event in vobject.readOne(text).vevent_list
    }
    assert by_vobject == read_with_icalendar(text) == read_by_hand(text)
    assert kinds_in(address).keys() == KIND_OF.keys()


def test_the_public_feed_names_nobody_and_links_nowhere(cast: Cast):
    make_hours(cast, url=LINK, title="Wren's clinic")
    text = Client().get("/c/cs101-s24/office-hours.ics").content.decode()
    assert "Wren" not in text and "zoom" not in text and "HALL 2" in text
    assert "zoom" in client_of(cast.student).get(mine(cast.student)).content.decode()


def test_an_event_keeps_its_uid_and_each_change_raises_its_sequence(cast: Cast):
    hours = make_hours(cast)
    before = read(mine(cast.student))
    cancel(hours, APRIL_16, reason="Ill", now=NOON)
    after = read(mine(cast.student))
    assert after.keys() == before.keys()
    (changed,) = [uid for uid in after if sequence(after[uid]) != sequence(before[uid])]
    assert (sequence(after[changed]), after[changed].status.value) == (1, "CANCELLED")
    moved = OwnTerms(date(2024, 4, 17), time(9), time(10), hours.mode, hours.place, "")
    change_date(hours, APRIL_16, moved, reason="", now=NOON)
    moved = read(mine(cast.student))[changed]
    assert (sequence(moved), moved.status.value) == (2, "CONFIRMED")
    assert moved.dtstart.value.astimezone(UTC) == datetime(2024, 4, 17, 16, tzinfo=UTC)
    assert {sequence(event) for uid, event in read(mine(cast.student)).items() if uid != changed} == {0}


def test_ones_own_calendar_holds_classes_hours_appointments_due_dates_and_surveys(cast: Cast):
    make_plan(cast.course)
    turn_booking_on(cast)
    hours = make_hours(cast)
    meeting = cast.course.meetings.get(date="2024-04-08")
    survey = surveys.open_survey(meeting, now=meeting.ends_at)
    sheet = Assignment.objects.create(course=cast.course, name="Sheet 1", due_at=NOON)
    draft = Assignment.objects.create(course=cast.course, name="Draft", due_at=NOON, state="draft")
    booked = book(hours, cast.student, 15, APRIL_16, now=NOON)
    events = read(mine(cast.student))
    assert {f"meeting-{meeting.pk}", f"survey-{survey.pk}", f"assignment-{sheet.pk}", booked.uid} <= events.keys()
    assert f"assignment-{draft.pk}" not in events and booked.uid not in read(mine(cast.other_student))
    assert "Ada Fictive" in read(mine(cast.instructor))[booked.uid].summary.value
    assert events[booked.uid].dtstart.value.astimezone(UTC) == booked.starts_at
    course_calendar.cancel_meeting(cast.course.meetings.get(date="2024-04-10"), reason="Flood", now=NOON)
    later = cast.course.meetings.get(date="2024-04-10")
    called_off = read(mine(cast.student))[f"meeting-{later.pk}"]
    assert (called_off.status.value, sequence(called_off)) == ("CANCELLED", 1)


def kinds_in(address: str) -> dict[str, set[str]]:
    """The UIDs of a feed by what they are."""
    found: dict[str, set[str]] = {}
    for uid in read(address):
        kind = uid.partition("-")[0]
        found.setdefault(kind if len(kind) < 32 else "hours", set()).add(uid)
    return found


def everything(cast: Cast) -> Enrollment:
    """Someone with an event of every kind: a talk of their own team among them."""
    make_plan(cast.course)
    turn_booking_on(cast)
    meeting = cast.course.meetings.get(date="2024-04-08")
    surveys.open_survey(meeting, now=meeting.ends_at)
    Assignment.objects.create(course=cast.course, name="Sheet 1", due_at=NOON)
    person = talks.member(talks.released(cast)[0])
    hours = make_hours(cast)
    book(hours, person, 0, APRIL_16, now=NOON)
    return person


KIND_OF = {"meeting": "meetings", "hours": "hours", "appointment": "appointments", "talk": "talks",
           "assignment": "due", "survey": "surveys"}  # fmt: skip


@pytest.mark.parametrize("kind", KIND_OF)
def test_a_kind_that_is_left_out_is_gone_and_no_other(cast: Cast, kind: str):
    person = everything(cast)
    before = kinds_in(mine(person))
    assert before.keys() == KIND_OF.keys() and set(KIND_OF.values()) == KINDS.keys()
    shown = [name for name in KINDS if name != KIND_OF[kind]]
    client_of(person).post("/c/cs101-s24/calendar", {"remind": "day", "kinds": shown})
    after = kinds_in(mine(person))
    assert after == {name: uids for name, uids in before.items() if name != kind}


def test_ones_own_talk_is_in_the_calendar_of_its_team_only_and_follows_the_schedule(cast: Cast):
    team, other_team, _ = talks.released(cast)
    (talk,) = kinds_in(mine(talks.member(team)))["talk"]
    assert kinds_in(mine(talks.member(team, seat=2)))["talk"] == {talk}
    assert kinds_in(mine(talks.member(other_team)))["talk"] != {talk}
    assert "talk" not in kinds_in(mine(cast.student)) | kinds_in(mine(cast.instructor))
    before = read(mine(talks.member(team)))[talk]
    assert "Topic 1" in before.summary.value
    assert before.dtstart.value.astimezone(UTC) == datetime(2024, 4, 10, 16, tzinfo=UTC)
    swaps.swap_by_staff(cast.course, 1, 2, by=cast.instructor.user, now=talks.BEFORE)
    after = read(mine(talks.member(team)))[talk]
    assert after.dtstart.value.astimezone(UTC) == datetime(2024, 4, 15, 16, tzinfo=UTC)
    assert (sequence(before), sequence(after)) == (0, 1)
    course_calendar.cancel_meeting(cast.course.meetings.get(date="2024-04-15"), reason="Flood", now=NOON)
    called_off = read(mine(talks.member(team)))[talk]
    assert (called_off.status.value, sequence(called_off)) == ("CANCELLED", 2)


def test_someone_dropped_reads_nothing_of_any_kind_at_once(cast: Cast):
    person = everything(cast)
    address = mine(person)
    assert kinds_in(address).keys() == KIND_OF.keys()
    Enrollment.objects.filter(pk=person.pk).update(dropped_at=NOON)
    assert kinds_in(address) == {}
    Enrollment.objects.filter(pk=person.pk).update(dropped_at=None)
    assert kinds_in(address).keys() == KIND_OF.keys()


def test_each_kind_can_be_left_out_and_the_address_reset(cast: Cast):
    make_hours(cast)
    browser = client_of(cast.student)
    old = mine(cast.student)
    assert old in browser.get("/c/cs101-s24/calendar").content.decode()
    browser.post("/c/cs101-s24/calendar", {"remind": "hour", "kinds": ["hours"]})
    assert read(old).keys() == set(cast.course.office_hours.values_list("uid", flat=True))
    assert browser.post("/c/cs101-s24/calendar", {"remind": "never"}).status_code == 422
    browser.post("/c/cs101-s24/calendar", {"do": "reset"})
    assert Client().get(old).status_code == 404
    assert mine(cast.student) != old and len(read(mine(cast.student))) == 10
    assert Client().get("/calendar/no-such-token.ics").status_code == 404


def test_someone_dropped_reads_an_empty_calendar_at_once(cast: Cast):
    make_hours(cast, url=LINK)
    address = mine(cast.student)
    assert read(address)
    cast.student.dropped_at = NOON
    cast.student.save()
    assert read(address) == {}


@pytest.mark.parametrize("who", ["student", "instructor"])
def test_someone_who_may_not_sign_in_any_more_reads_an_empty_calendar(cast: Cast, who: str):
    make_hours(cast, url=LINK)
    person = getattr(cast, who)
    address = mine(person)
    assert read(address)
    person.user.is_active = False
    person.user.save()
    assert read(address) == {}


def test_a_feed_is_of_one_course_only(cast: Cast):
    make_hours(cast)
    other = enroll(make_course("cs102-s24"), "Di Elsewhere")
    assert not read(mine(other)).keys() & read(mine(cast.student)).keys()


def test_page_mail_and_feed_tell_the_same_story_of_a_move_close_at_hand(cast: Cast, mailoutbox: list[Any]):
    turn_booking_on(cast)
    hours = make_hours(cast)
    monday = NOON + timedelta(days=6)
    book(hours, cast.student, 0, APRIL_16, now=NOON)
    moved = OwnTerms(APRIL_16, time(16), time(17), hours.mode, "HALL 9", "")
    change_date(hours, APRIL_16, moved, reason="Trip", now=monday)
    page = client_of(cast.student).get("/c/cs101-s24/office-hours/").content.decode()
    assert "4:00–5:00 pm PDT" in page and "HALL 9" in page and "Trip" in page
    delivery.send_due(now=monday, clock=lambda: monday)
    letter = mailoutbox[-1]
    assert "is now Tue Apr 16, 4:00 pm PDT" in letter.body and "HALL 9" in letter.body
    (part,) = [content for content, kind in letter.alternatives if kind.startswith("text/calendar; method=REQUEST")]
    attached = vobject.readOne(part).vevent
    event = read(mine(cast.student))[attached.uid.value.partition("@")[0]]
    assert attached.dtstart.value == event.dtstart.value == datetime(2024, 4, 16, 23, tzinfo=UTC)
    assert (sequence(attached), sequence(event), attached.uid.value) == (1, 1, event.uid.value)


def test_reading_a_feed_asks_the_same_however_much_is_in_it(cast: Cast, django_assert_max_num_queries):
    for weekday in range(3):
        make_hours(cast, weekday=weekday)
    address = mine(cast.student)
    read(address)
    with django_assert_max_num_queries(40):
        read(address)
