"""A talk that was reviewed stays in its class, whoever moves it; a cancelled class says so everywhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import DomainError
from courses.domain import calendar
from courses.models import Enrollment
from portal.testing import Cast
from presentations.domain import arranging, releases, windows
from presentations.models import PeerReview, ReviewPlan
from presentations.queries import my_schedule, progress, team_pages, waiting
from presentations.tests import world

pytestmark = pytest.mark.django_db
NOW = world.BEFORE


@pytest.fixture
def team(cast: Cast):
    return world.released(cast, is_public=True)[0]


def review(cast: Cast, team) -> None:
    PeerReview.objects.create(
        presentation=world.talk_of(team), reviewer=cast.student, scores={"content": 3}, saved_at=NOW, submitted_at=NOW
    )


def done(cast: Cast) -> list[int]:
    rows = [
        row for _, rows in progress.review_progress(cast.course).sections for row in rows if row.person == cast.student
    ]
    return [cell.done for cell in rows[0].cells]


def test_staff_move_a_reviewed_talk_within_its_class_only(cast: Cast, team):
    review(cast, team)
    talk, elsewhere = world.talk_of(team), cast.course.meetings.get(date=world.DAYS[1])
    for refused in (lambda: arranging.move(talk, elsewhere), lambda: arranging.unplace(talk)):
        with pytest.raises(DomainError, match="Team 1 was reviewed already; it stays on Wed Apr 10"):
            refused()
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="", kind="guest", do_reviews_count=False)
    arranging.move(guest, cast.course.meetings.get(date=world.DAYS[0]), position=1)
    releases.release(cast.course, by=None, now=NOW)
    assert done(cast) == [1, 0, 0]


@pytest.mark.parametrize("is_out", [True, False])
def test_a_talk_reviewed_after_it_was_moved_in_the_draft_stops_the_release(cast: Cast, team, is_out):
    talk = world.talk_of(team)
    if is_out:
        arranging.unplace(talk)
    else:
        arranging.move(talk, cast.course.meetings.get(date=world.DAYS[1]))
    review(cast, team)
    with pytest.raises(DomainError, match="Nothing was released: The talk of Team 1 was reviewed already"):
        releases.release(cast.course, by=None, now=NOW)
    arranging.move(talk, cast.course.meetings.get(date=world.DAYS[0]))
    assert not [finding for finding in arranging.check_draft(cast.course) if finding.is_error]
    assert done(cast) == [1, 0, 0]


def test_who_dropped_does_not_fill_a_team(cast: Cast, team):
    Enrollment.objects.filter(pk=world.member(team).pk).update(dropped_at=NOW)
    assert team_pages.team_summary(cast.course).too_small == [1]
    assert "Team 1 has 1 of at least 2 people." in [f.message for f in arranging.check_draft(cast.course) if f.is_error]


def test_a_cancelled_class_is_no_talk_of_ones_own_on_today_and_is_marked_for_anyone(cast: Cast, team):
    own, soon = world.member(team), NOW + timedelta(days=3)
    public = reverse("public_schedule", args=[cast.course.slug])
    assert waiting.talks_waiting_for(own, now=soon).talk and "cancelled" not in Client().get(public).content.decode()
    calendar.cancel_meeting(cast.course.meetings.get(date=world.DAYS[0]), reason="storm", now=NOW)
    assert waiting.talks_waiting_for(own, now=soon).talk is None
    assert Client().get(public).content.decode().count("cancelled") == 1


@pytest.mark.parametrize("criteria", [world.CRITERIA, None])
def test_the_schedule_and_today_lead_to_a_review_exactly_where_it_is_open(cast: Cast, team, criteria):
    ReviewPlan.objects.update(criteria=criteria)
    for now in (NOW, world.starts_at(team), world.starts_at(team) + timedelta(days=30)):
        for who in (cast.student, world.member(team), cast.instructor):
            rows = [row for day in my_schedule.schedule_of(who, now=now).days for row in day.rows if row.place]
            may = {row.place.talk.pk for row in rows if not windows.review_window(row.place.talk, who, now=now).why_not}
            assert {row.place.talk.pk for row in rows if row.can_review} == may
            led = {place.talk.pk for owed in waiting.talks_waiting_for(who, now=now).reviews for place in owed.places}
            assert led == may, "nothing is done yet"


def test_a_day_whose_reviewed_talk_stays_is_still_a_day(cast: Cast, team):
    meeting = cast.course.meetings.get(date=world.DAYS[0])
    review(cast, team)
    arranging.postpone(meeting)
    assert cast.course.presentation_days.filter(meeting=meeting).exists(), "more time can be given for it"
    later = cast.course.meetings.get(date=world.DAYS[1])
    arranging.postpone(later)
    assert not cast.course.presentation_days.filter(meeting=later).exists()
