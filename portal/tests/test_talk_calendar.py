"""A talk that is taken out, or left, ends in the calendars that have it; one that moves close by goes along by mail."""

from datetime import timedelta

import pytest
import vobject
from django.test import Client

from mail.domain import preferences
from mail.models import Message
from officehours.domain import calendar_feeds
from portal.testing import Cast
from presentations.domain import arranging, releases, swaps, teams
from presentations.tests import factories as world

pytestmark = pytest.mark.django_db


def talk_in(person):
    """A person's own talk in their calendar: its state, sequence and hour."""
    whole = vobject.readOne(Client().get(f"/calendar/{calendar_feeds.feed_of(person).token}.ics").content.decode())
    (event,) = [entry for entry in getattr(whole, "vevent_list", []) if entry.uid.value.startswith("talk-")]
    return event.status.value, int(event.sequence.value), event.dtstart.value


def test_a_talk_taken_out_of_the_schedule_is_cancelled_at_its_old_hour(cast: Cast):
    team = world.released(cast)[0]
    state, number, hour = talk_in(world.member(team))
    assert (state, number) == ("CONFIRMED", 0)
    arranging.unplace(world.talk_of(team))
    releases.release(cast.course, by=cast.instructor.user, now=world.BEFORE)
    assert talk_in(world.member(team)) == ("CANCELLED", 1, hour)
    assert talk_in(world.member(team, 2)) == ("CANCELLED", 1, hour)


def test_who_left_reads_that_it_is_over_and_the_others_are_told_nothing_new(cast: Cast):
    team = world.released(cast)[0]
    gone, stays = world.member(team), world.member(team, 2)
    before = talk_in(stays)
    assert talk_in(gone) == before
    teams.remove_member(team.members.get(enrollment=gone))
    for _ in range(2):
        assert talk_in(gone) == ("CANCELLED", 1, before[2])
        assert talk_in(stays) == before


def test_a_talk_that_moves_close_by_is_mailed_with_its_calendar_part(cast: Cast):
    first, second, _ = world.released(cast)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.BEFORE)
    assert not Message.objects.exclude(calendar="").exists(), "a week ahead, the feed says it in time"
    moved = world.starts_at(second) - timedelta(hours=20)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=moved)
    for team, day in ((first, "20240410T160000Z"), (second, "20240415T160000Z")):
        letter = Message.objects.filter(kind="talk_moved", recipient=world.member(team).user).latest("pk")
        (event,) = vobject.readOne(letter.calendar).vevent_list
        assert "METHOD:REQUEST" in letter.calendar and f":{day}" in letter.calendar
        assert event.attendee.value == f"mailto:{letter.recipient.email}"
        assert event.organizer.value == f"mailto:{cast.instructor.user.email}"
        assert event.uid.value.partition("@")[0] == f"talk-{world.talk_of(team).pk}"
        assert talk_in(world.member(team))[1] == int(event.sequence.value), "mail and feed count alike"


def test_a_talk_that_moves_close_by_is_told_at_once_to_those_who_get_one_daily_letter(cast: Cast):
    team = world.released(cast)[0]
    preferences.choose(world.member(team).user, {"talk_moved": "off"})
    mine = Message.objects.filter(kind="talk_moved", recipient=world.member(team).user)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.BEFORE)
    assert mine.latest("pk").state == Message.State.DIGEST
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.starts_at(team) - timedelta(hours=20))
    assert mine.latest("pk").state == Message.State.QUEUED


def test_a_talk_taken_out_the_day_before_is_taken_out_of_calendars_by_mail(cast: Cast):
    team = world.released(cast)[0]
    now = world.starts_at(team) - timedelta(hours=20)
    arranging.unplace(world.talk_of(team))
    releases.release(cast.course, by=cast.instructor.user, now=now)
    letter = Message.objects.filter(kind="talk_moved", recipient=world.member(team).user).latest("pk")
    assert "METHOD:CANCEL" in letter.calendar and "STATUS:CANCELLED" in letter.calendar
    assert "ORGANIZER" in letter.calendar and f"mailto:{letter.recipient.email}" in letter.calendar.replace("\r\n ", "")
