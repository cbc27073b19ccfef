"""Arranging the draft: moving, checking, postponing; a talk that was reviewed stays in its class."""

from datetime import date, time

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment
from portal.testing import Cast
from presentations.domain import arranging, published_schedule, releases, schedule
from presentations.models import Release, Slot, Team
from presentations.queries import progress
from presentations.tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.BEFORE


def sentences(course) -> dict[str, str]:
    return {finding.message: "error" if finding.is_error else "warning" for finding in releases.check_draft(course)}


def test_talks_are_moved_between_days_and_places_by_one_verb(cast: Cast):
    talk1, talk2, talk3 = (factories.talk_of(team) for team in factories.released(cast))
    arranging.move(talk1, factories.meeting(cast, factories.DAYS[1]))
    assert factories.order_of(cast.course) == [(10, []), (15, ["Team 2", "Team 1"]), (17, ["Team 3"])]
    arranging.move(talk3, factories.meeting(cast, factories.DAYS[1]), position=1)
    arranging.nudge(talk1, by=-1)
    assert factories.order_of(cast.course)[1] == (15, ["Team 3", "Team 1", "Team 2"])
    for _ in range(4):
        arranging.nudge(talk2, by=1)
    arranging.unplace(talk3)
    assert factories.order_of(cast.course)[1] == (15, ["Team 1", "Team 2"])
    assert [talk.who for talk in arranging.to_place(cast.course)] == ["Team 3"]
    assert factories.order_of(cast.course, "live") == [(10, ["Team 1"]), (15, ["Team 2"]), (17, ["Team 3"])]


def test_hours_follow_one_another_or_are_set(cast: Cast):
    talk1, talk2, _ = (factories.talk_of(team) for team in factories.released(cast))
    arranging.move(talk2, factories.meeting(cast, factories.DAYS[0]))
    arranging.set_hours(talk1, minutes=35, start=None)
    places = schedule.days(cast.course, "draft")[0].places
    assert [f"{p.starts_at.astimezone(cast.course.zone):%H:%M}" for p in places] == ["09:00", "09:35"]
    arranging.set_hours(talk2, minutes=None, start=time(10))
    day = schedule.days(cast.course, "draft")[0]
    assert f"{day.places[1].starts_at.astimezone(cast.course.zone):%H:%M}" == "10:00"
    assert (day.spent, day.budget) == (55, 90)


def test_a_day_without_class_is_refused(cast: Cast):
    talk1 = factories.talk_of(factories.released(cast)[0])
    calendar.cancel_meeting(factories.meeting(cast, factories.DAYS[1]), reason="storm", now=NOW)
    with pytest.raises(DomainError, match="no class on April 15 2024"):
        arranging.move(talk1, factories.meeting(cast, factories.DAYS[1]))


def test_errors_and_warnings_are_told_apart_and_errors_stop_a_release(cast: Cast):
    teams = factories.released(cast)
    talk1, talk2, _ = (factories.talk_of(team) for team in teams)
    assert sentences(cast.course) == {}
    arranging.move(talk2, factories.meeting(cast, factories.DAYS[0]))
    arranging.set_hours(talk1, minutes=80, start=None)
    Team.objects.filter(pk=teams[1].pk).update(preferred_days=[factories.DAYS[1]])
    assert sentences(cast.course) == {
        "Wed Apr 10: 100 minutes are planned; the class has 90.": "warning",
        "Team 2 did not ask for Wed Apr 10.": "warning",
    }
    arranging.set_hours(talk2, minutes=None, start=time(9, 10))
    assert "Wed Apr 10: Team 2 begins before Team 1 ends; the slot is full." in sentences(cast.course)
    with pytest.raises(DomainError, match="Nothing was released: Wed Apr 10: Team 2 begins before"):
        releases.release(cast.course, by=None, now=NOW)
    guest = arranging.add_guest(cast.course, guest="", title="", kind="break", do_reviews_count=True)
    assert not guest.do_reviews_count


def test_a_person_in_two_talks_at_once_and_a_small_team_are_errors(cast: Cast):
    teams = factories.released(cast)
    again = teams[0].presentations.create(course=cast.course, title="Encore")
    arranging.move(again, factories.meeting(cast, factories.DAYS[0]))
    arranging.set_hours(again, minutes=None, start=time(9, 5))
    found = sentences(cast.course)
    assert found["Tama T1eam, Tamb T1eam would be in two talks at once: Team 1 and Team 1."] == "error"
    teams[2].members.get(seat=2).delete()
    assert sentences(cast.course)["Team 3 has 1 of at least 2 people."] == "error"


def test_a_cancelled_class_postpones_everything_to_the_next_day(cast: Cast):
    factories.released(cast)
    calendar.cancel_meeting(factories.meeting(cast, factories.DAYS[0]), reason="storm", now=NOW)
    assert arranging.postpone(factories.meeting(cast, factories.DAYS[0])) == 3
    assert factories.order_of(cast.course) == [(15, ["Team 1"]), (17, ["Team 2"]), (22, ["Team 3"])]
    made = releases.release(cast.course, by=None, now=NOW, note="Storm")
    assert [change["what"] for change in made.changes] == ["moved"] * 3
    assert published_schedule.day_moves(list(Release.objects.all())).keys() == {c["talk"] for c in made.changes}


def test_the_last_day_takes_the_rest_when_no_class_follows_and_reviewed_talks_stay(cast: Cast):
    teams = factories.released(cast)
    cast.course.meetings.filter(date__gt=date(2024, 4, 17)).update(is_cancelled=True, number=None)
    factories.submitted_review(factories.talk_of(teams[1]), cast.student)
    assert arranging.postpone(factories.meeting(cast, factories.DAYS[0])) == 1
    assert factories.order_of(cast.course) == [(15, ["Team 2", "Team 1"]), (17, ["Team 3"])]
    with pytest.raises(DomainError, match="No class is held after this one"):
        arranging.postpone(factories.meeting(cast, factories.DAYS[2]))


def test_guests_need_a_name_no_account_and_go_while_unpublished(cast: Cast):
    factories.released(cast)
    with pytest.raises(DomainError, match="needs a name"):
        arranging.add_guest(cast.course, guest=" ", title="Talk", kind="guest", do_reviews_count=False)
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="Talk", kind="practice", do_reviews_count=False)
    arranging.move(guest, factories.meeting(cast, factories.DAYS[0]))
    releases.release(cast.course, by=None, now=NOW)
    with pytest.raises(DomainError, match="is published"):
        arranging.remove_guest(guest)
    arranging.unplace(guest)
    releases.release(cast.course, by=None, now=NOW)
    arranging.remove_guest(guest)
    assert Slot.objects.count() == 6


@pytest.mark.parametrize(
    ("start", "words"), [(time(3), "from 03:00 to 03:20"), (time(10, 20), "from 10:20 to 10:40"), (time(9, 30), "")]
)
def test_a_talk_outside_class_hours_is_found(cast: Cast, start: time, words: str):
    talk = factories.talk_of(factories.released(cast)[0])
    arranging.set_hours(talk, minutes=20, start=start)
    found = [finding.message for finding in releases.check_draft(cast.course)]
    assert any(words in sentence and "class is from 09:00" in sentence for sentence in found) == bool(words), found


@pytest.fixture
def team(cast: Cast):
    return factories.released(cast, is_public=True)[0]


def review(cast: Cast, team) -> None:
    factories.submitted_review(factories.talk_of(team), cast.student, scores={"content": 3})


def done(cast: Cast) -> list[int]:
    rows = [
        row for _, rows in progress.review_progress(cast.course).sections for row in rows if row.person == cast.student
    ]
    return [cell.done for cell in rows[0].cells]


def test_staff_move_a_reviewed_talk_within_its_class_only(cast: Cast, team):
    review(cast, team)
    talk, elsewhere = factories.talk_of(team), factories.meeting(cast, factories.DAYS[1])
    for refused in (lambda: arranging.move(talk, elsewhere), lambda: arranging.unplace(talk)):
        with pytest.raises(DomainError, match="Team 1 was reviewed already; it stays on Wed Apr 10"):
            refused()
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="", kind="guest", do_reviews_count=False)
    arranging.move(guest, factories.meeting(cast, factories.DAYS[0]), position=1)
    releases.release(cast.course, by=None, now=NOW)
    assert done(cast) == [1, 0, 0]


@pytest.mark.parametrize("is_out", [True, False])
def test_a_talk_reviewed_after_it_was_moved_in_the_draft_stops_the_release(cast: Cast, team, is_out):
    talk = factories.talk_of(team)
    if is_out:
        arranging.unplace(talk)
    else:
        arranging.move(talk, factories.meeting(cast, factories.DAYS[1]))
    review(cast, team)
    with pytest.raises(DomainError, match="Nothing was released: The talk of Team 1 was reviewed already"):
        releases.release(cast.course, by=None, now=NOW)
    arranging.move(talk, factories.meeting(cast, factories.DAYS[0]))
    assert not [finding for finding in releases.check_draft(cast.course) if finding.is_error]
    assert done(cast) == [1, 0, 0]


def test_who_dropped_does_not_fill_a_team(cast: Cast, team):
    Enrollment.objects.filter(pk=factories.member(team).pk).update(dropped_at=NOW)
    assert "Team 1 has 1 of at least 2 people." in [f.message for f in releases.check_draft(cast.course) if f.is_error]


def test_a_day_whose_reviewed_talk_stays_is_still_a_day(cast: Cast, team):
    meeting = factories.meeting(cast, factories.DAYS[0])
    review(cast, team)
    arranging.postpone(meeting)
    assert cast.course.presentation_days.filter(meeting=meeting).exists(), "more time can be given for it"
    later = factories.meeting(cast, factories.DAYS[1])
    arranging.postpone(later)
    assert not cast.course.presentation_days.filter(meeting=later).exists()
