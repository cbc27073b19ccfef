"""The week as the command prints it: the demo's hours, and what became of them."""

import json
import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError
from django.utils.timezone import now as real_now

from courses.models import Course
from officehours.domain.edits import OwnTerms
from officehours.domain.series import Terms, terms_of
from officehours.tests.factories import at, change_date, change_from, make_hours, printed, rename
from portal.course_file.exporting import export
from portal.course_file.loading import load, read_folder
from portal.testing import Cast, client_of
from portal.tests.course_files import DEMO

pytestmark = pytest.mark.django_db
OCTOBER = at("2023-10-01T12:00-07:00")
FIRST_TUESDAY = date(2023, 10, 3)


@pytest.fixture
def demo(db: None) -> Course:
    return load(read_folder(DEMO), now=OCTOBER).course


def week(course: Course, day: str, moment: str = "2023-11-20T09:00-08:00") -> list[dict[str, object]]:
    return json.loads(printed(course, day, "--format", "json", "--at", moment))


def test_every_tuesday_of_the_quarter_is_at_half_past_two(demo: Course):
    for n in range(11):
        tuesday = FIRST_TUESDAY + timedelta(weeks=n)
        first = week(demo, f"{tuesday}", "2023-10-01T00:00-07:00")[0]
        assert first == {
            "date": f"{tuesday}", "weekday": "tuesday", "start": "14:30", "end": "15:30", "mode": "in_person",
            "place": "CP 229", "state": "open", "reason": "", "original": None,
        }  # fmt: skip
    assert [row["weekday"] for row in week(demo, "2023-12-19")] == []


def test_the_page_has_every_tuesday_at_half_past_two_in_the_zone_of_its_day(demo: Course):
    staff = demo.enrollments.filter(role="instructor").select_related("user").get()
    with time_machine.travel(OCTOBER, tick=False):
        page = " ".join(client_of(staff).get(f"/c/{demo.slug}/office-hours/").content.decode().split())
    days = [FIRST_TUESDAY + timedelta(weeks=n) for n in range(11)]
    assert list(dict.fromkeys(re.findall(r"Tue (\w+ \d+), 2:30–3:30 pm (P.T)", page))) == [
        (f"{day:%b} {day.day}", "PDT" if n < 5 else "PST") for n, day in enumerate(days)
    ]
    assert "<del>Fri Nov 24, 11:00 am–12:00 pm PST, Online, Zoom</del>" in page and "Thanksgiving holiday" in page


def test_the_friday_of_thanksgiving_is_cancelled_with_its_reason(demo: Course):
    tuesday, friday = week(demo, "2023-11-20", "2023-11-21T15:29-08:00")
    assert (tuesday["date"], tuesday["state"]) == ("2023-11-21", "open")
    assert (friday["date"], friday["state"], friday["reason"]) == ("2023-11-24", "cancelled", "Thanksgiving holiday")
    tuesday, friday = week(demo, "Sunday 2023-11-26", "2023-11-27T00:00-08:00")
    assert (tuesday["state"], friday["state"]) == ("past", "cancelled")


def test_it_is_past_when_its_end_has_come(demo: Course):
    states = [
        week(demo, "2023-11-21", moment)[0]["state"] for moment in ("2023-11-21T15:29-08:00", "2023-11-21T15:30-08:00")
    ]
    assert states == ["open", "past"]


def test_thanksgiving_stays_cancelled_when_renamed_moved_by_an_hour_exported_and_loaded_again(
    demo: Course, tmp_path: Path
):
    friday = demo.hours_series.get(weekday=4)
    rename(friday, "Cloud clinic", now=OCTOBER)
    later = Terms(**{**vars(terms_of(friday)), "title": "Cloud clinic", "start": time(12), "end": time(13)})
    change_from(friday, date(2023, 11, 17), later, now=OCTOBER)
    expected = {"date": "2023-11-24", "start": "12:00", "state": "cancelled", "reason": "Thanksgiving holiday"}
    assert expected.items() <= week(demo, "2023-11-24")[1].items()
    before = {day: week(demo, day) for day in ("2023-11-06", "2023-11-13", "2023-11-20", "2023-11-27")}
    assert [row["start"] for row in (before["2023-11-06"][1], before["2023-11-13"][1])] == ["11:00", "12:00"]
    export(demo, tmp_path)
    assert load(read_folder(tmp_path), now=OCTOBER).is_unchanged
    assert {day: week(demo, day) for day in before} == before
    file = tmp_path / "course.yaml"
    file.write_text(file.read_text("utf-8").replace("slug: tcss562-f23", "slug: another"), "utf-8")
    again = load(read_folder(tmp_path), now=OCTOBER).course
    shown = ("date", "start", "end", "mode", "place", "reason")  # those before the change differ from the rule now
    assert [[entry[name] for name in shown] for day in before for entry in week(again, day)] == [
        [entry[name] for name in shown] for entries in before.values() for entry in entries
    ]
    assert {hours.title for hours in again.hours_series.filter(weekday=4)} == {"Cloud clinic"}
    assert again.hours_series.count() == 2


def test_a_moved_date_says_where_it_was(demo: Course):
    tuesday = demo.hours_series.get(weekday=1)
    to = OwnTerms(date(2023, 11, 22), time(9), time(10), "in_person", "CP 229", "")
    change_date(tuesday, date(2023, 11, 21), to, reason="Trip", now=OCTOBER)
    moved = week(demo, "2023-11-20")[0]
    assert moved == {
        "date": "2023-11-22", "weekday": "wednesday", "start": "09:00", "end": "10:00", "mode": "in_person",
        "place": "CP 229", "state": "moved", "reason": "Trip",
        "original": {"date": "2023-11-21", "start": "14:30", "end": "15:30"},
    }  # fmt: skip
    assert week(demo, "2023-11-20", "2023-12-01T00:00Z")[0]["state"] == "moved"
    text = printed(demo, "2023-11-20")
    assert "09:00–10:00 PST, CP 229, moved from ~~Tuesday, November 21 2023, 14:30–15:30~~ (Trip)" in text
    assert "~~Friday, November 24 2023, 11:00–12:00 PST, Online, Zoom~~ cancelled (Thanksgiving holiday)" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such", "2024-04-09"], "There is no course"),
        (["cs101-s24", "2024-04-31"], "is not a date"),
        (["cs101-s24", "2024-04-09", "--at", "noon"], "is not a time"),
        (["cs101-s24", "Monday 2024-04-09"], "is a Tuesday"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast: Cast, arguments: list[str], words: str):
    cast.course.slug = arguments[0]
    with pytest.raises(CommandError, match=words):
        printed(cast.course, *arguments[1:])


def test_without_a_time_it_goes_by_the_real_clock(cast: Cast):
    make_hours(cast)
    assert real_now().year > 2024
    assert {row["state"] for row in json.loads(printed(cast.course, "2024-04-09", "--format", "json"))} == {"past"}
    assert "No office hours" in printed(cast.course, "2023-04-09")
