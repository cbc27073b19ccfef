"""Arranging the draft, checking it, placing by wishes, pushing on, and releasing."""

from datetime import date, time

import pytest

from accounts.errors import DomainError
from courses.domain import calendar
from mail.models import Message
from portal.testing import Cast
from presentations.domain import allocation, arranging, publishing, releases, schedule
from presentations.models import PeerReview, PresentationDay, Release, Slot, Team
from presentations.queries import my_schedule
from presentations.tests import world

pytestmark = pytest.mark.django_db
NOW = world.BEFORE


def order(course, edition="draft") -> list[tuple[int, list[str]]]:
    """Each day of the draft with who speaks, in order."""
    days = schedule.days(course, edition)
    return [(day.meeting.date.day, [place.talk.who for place in day.places]) for day in days]


def meeting(cast: Cast, day: str):
    return cast.course.meetings.get(date=day)


def sentences(course) -> dict[str, str]:
    return {finding.message: finding.level for finding in arranging.check_draft(course)}


def test_talks_are_moved_between_days_and_places_by_one_verb(cast: Cast):
    one, two, three = (world.talk_of(team) for team in world.released(cast))
    arranging.move(one, meeting(cast, world.DAYS[1]))
    assert order(cast.course) == [(10, []), (15, ["Team 2", "Team 1"]), (17, ["Team 3"])]
    arranging.move(three, meeting(cast, world.DAYS[1]), position=1)
    arranging.nudge(one, by=-1)
    assert order(cast.course)[1] == (15, ["Team 3", "Team 1", "Team 2"])
    for _ in range(4):
        arranging.nudge(two, by=1)
    arranging.unplace(three)
    assert order(cast.course)[1] == (15, ["Team 1", "Team 2"])
    assert [talk.who for talk in arranging.to_place(cast.course)] == ["Team 3"]
    assert order(cast.course, "live") == [(10, ["Team 1"]), (15, ["Team 2"]), (17, ["Team 3"])]


def test_hours_follow_one_another_or_are_set(cast: Cast):
    one, two, _ = (world.talk_of(team) for team in world.released(cast))
    arranging.move(two, meeting(cast, world.DAYS[0]))
    arranging.set_hours(one, minutes=35, start=None)
    places = schedule.days(cast.course, "draft")[0].places
    assert [f"{p.starts_at.astimezone(cast.course.zone):%H:%M}" for p in places] == ["09:00", "09:35"]
    arranging.set_hours(two, minutes=None, start=time(10))
    day = schedule.days(cast.course, "draft")[0]
    assert f"{day.places[1].starts_at.astimezone(cast.course.zone):%H:%M}" == "10:00"
    assert (day.spent, day.budget) == (55, 90)


def test_a_day_without_class_is_refused(cast: Cast):
    one = world.talk_of(world.released(cast)[0])
    calendar.cancel_meeting(meeting(cast, world.DAYS[1]), reason="storm", now=NOW)
    with pytest.raises(DomainError, match="no class on April 15 2024"):
        arranging.move(one, meeting(cast, world.DAYS[1]))


def test_errors_and_warnings_are_told_apart_and_errors_stop_a_release(cast: Cast):
    teams = world.released(cast)
    one, two, _ = (world.talk_of(team) for team in teams)
    assert sentences(cast.course) == {}
    arranging.move(two, meeting(cast, world.DAYS[0]))
    arranging.set_hours(one, minutes=80, start=None)
    Team.objects.filter(pk=teams[1].pk).update(preferred_days=[world.DAYS[1]])
    assert sentences(cast.course) == {
        "Wed Apr 10: 100 minutes are planned; the class has 90.": "warning",
        "Team 2 did not ask for Wed Apr 10.": "warning",
    }
    arranging.set_hours(two, minutes=None, start=time(9, 10))
    assert "Wed Apr 10: Team 2 begins before Team 1 ends; the slot is full." in sentences(cast.course)
    with pytest.raises(DomainError, match="Nothing was released: Wed Apr 10: Team 2 begins before"):
        releases.release(cast.course, by=None, now=NOW)
    guest = arranging.add_guest(cast.course, guest="", title="", kind="break", do_reviews_count=True)
    assert not guest.do_reviews_count


def test_a_person_in_two_talks_at_once_and_a_small_team_are_errors(cast: Cast):
    teams = world.released(cast)
    again = teams[0].presentations.create(course=cast.course, title="Encore")
    arranging.move(again, meeting(cast, world.DAYS[0]))
    arranging.set_hours(again, minutes=None, start=time(9, 5))
    found = sentences(cast.course)
    assert found["Tama T1eam, Tamb T1eam would be in two talks at once: Team 1 and Team 1."] == "error"
    teams[2].members.get(seat=2).delete()
    assert sentences(cast.course)["Team 3 has 1 of at least 2 people."] == "error"


def test_a_release_tells_those_concerned_once_and_writes_what_changed(cast: Cast):
    teams = world.released(cast)
    assert [change["what"] for change in releases.latest(cast.course).changes] == ["added"] * 3
    Message.objects.all().delete()
    with pytest.raises(DomainError, match="is what is published already"):
        releases.release(cast.course, by=None, now=NOW)
    arranging.move(world.talk_of(teams[0]), meeting(cast, world.DAYS[2]))
    arranging.unplace(world.talk_of(teams[1]))
    made = releases.release(cast.course, by=cast.instructor.user, now=NOW, note="A hall is free")
    assert {(c["who"], c["what"]) for c in made.changes} == {("Team 1", "moved"), ("Team 2", "removed")}
    told = set(Message.objects.values_list("recipient", "kind"))
    assert told == {(world.member(team, seat).user_id, "talk_moved") for team in teams[:2] for seat in (1, 2)}
    assert "no longer in the schedule" in Message.objects.filter(recipient=world.member(teams[1]).user).get().text
    assert [team.number for team in releases.teams_that_have_not_seen(cast.course)] == [1, 3]
    releases.mark_seen(teams[0], by=world.member(teams[0]))
    assert [team.number for team in releases.teams_that_have_not_seen(cast.course)] == [3]
    with pytest.raises(DomainError, match="Only the people of team 3"):
        releases.mark_seen(teams[2], by=cast.student)


def test_moves_that_a_team_has_not_seen_are_told_as_one_and_each_letter_says_why(cast: Cast):
    one, _, _ = world.released(cast)
    for day, why in ((world.DAYS[1], "Storm"), (world.DAYS[2], "More snow")):
        arranging.move(world.talk_of(one), meeting(cast, day))
        releases.release(cast.course, by=None, now=NOW, note=why)
    (change,) = my_schedule.schedule_of(world.member(one), now=NOW).changes
    assert (change["was"]["date"], change["now"]["date"]) == (world.DAYS[0], world.DAYS[2])
    letters = Message.objects.filter(recipient=world.member(one).user, kind="talk_moved").order_by("-pk")
    assert ["More snow" in letter.text for letter in letters[:2]] == [True, False]


def test_wishes_are_met_in_a_drawn_order_that_a_seed_repeats(cast: Cast):
    world.make_plan(cast.course, minutes=40)
    teams = world.make_teams(cast.course, 5)
    for team in teams[:4]:
        Team.objects.filter(pk=team.pk).update(preferred_days=[world.DAYS[0], world.DAYS[1]])
    placed = allocation.allocate(cast.course, seed=7, now=world.BEFORE)
    first = order(cast.course)
    assert [len(talks) for _, talks in first] == [2, 2, 1], "two fit a day of 90 minutes; whoever had no wish, the rest"
    assert first[2][1] == ["Team 5"]
    why = {one.team.number: one.why for one in placed}
    assert why[5].endswith("it asked for no day, so the day with most room")
    assert sorted("had no room left" in words for words in why.values()) == [False, False, False, True, True]
    cast.course.slots.all().delete()
    allocation.allocate(cast.course, seed=7, now=world.BEFORE)
    assert order(cast.course) == first
    assert allocation.allocate(cast.course, seed=8, now=world.BEFORE) == []


def test_without_a_presentation_day_nothing_is_placed(cast: Cast):
    world.make_plan(cast.course)
    PresentationDay.objects.all().delete()
    with pytest.raises(DomainError, match="choose the days first"):
        allocation.allocate(cast.course, seed=1, now=world.BEFORE)


def test_a_cancelled_class_pushes_everything_one_day_on(cast: Cast):
    world.released(cast)
    calendar.cancel_meeting(meeting(cast, world.DAYS[0]), reason="storm", now=NOW)
    assert arranging.postpone(meeting(cast, world.DAYS[0])) == 3
    assert order(cast.course) == [(15, ["Team 1"]), (17, ["Team 2"]), (22, ["Team 3"])]
    made = releases.release(cast.course, by=None, now=NOW, note="Storm")
    assert [change["what"] for change in made.changes] == ["moved"] * 3
    assert publishing.day_moves(list(Release.objects.all())).keys() == {c["talk"] for c in made.changes}


def test_the_last_day_takes_the_rest_when_no_class_follows_and_reviewed_talks_stay(cast: Cast):
    teams = world.released(cast)
    cast.course.meetings.filter(date__gt=date(2024, 4, 17)).update(is_cancelled=True, number=None)
    PeerReview.objects.create(
        presentation=world.talk_of(teams[1]), reviewer=cast.student, saved_at=NOW, submitted_at=NOW
    )
    assert arranging.postpone(meeting(cast, world.DAYS[0])) == 1
    assert order(cast.course) == [(15, ["Team 2", "Team 1"]), (17, ["Team 3"])]
    with pytest.raises(DomainError, match="No class is held after this one"):
        arranging.postpone(meeting(cast, world.DAYS[2]))


def test_guests_need_a_name_no_account_and_go_while_unpublished(cast: Cast):
    world.released(cast)
    with pytest.raises(DomainError, match="needs a name"):
        arranging.add_guest(cast.course, guest=" ", title="Talk", kind="guest", do_reviews_count=False)
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="Talk", kind="practice", do_reviews_count=False)
    arranging.move(guest, meeting(cast, world.DAYS[0]))
    releases.release(cast.course, by=None, now=NOW)
    with pytest.raises(DomainError, match="is published"):
        arranging.remove_guest(guest)
    arranging.unplace(guest)
    releases.release(cast.course, by=None, now=NOW)
    arranging.remove_guest(guest)
    assert Slot.objects.count() == 6
