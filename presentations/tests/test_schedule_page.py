"""The schedule as each reader sees it: own talk, duties, what moved, and where a review is open."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from courses.domain import calendar
from portal.testing import Cast
from presentations.domain import arranging, swaps, windows
from presentations.models import PresentationPlan, ReviewPlan
from presentations.queries import my_schedule, waiting
from presentations.tests import factories
from presentations.tests.pages import page, post, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_talks")]


NOW = factories.BEFORE


def test_the_schedule_marks_my_talk_my_duties_and_what_moved(cast: Cast):
    team1, _, _ = factories.released(cast)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=factories.BEFORE)
    read = page(cast, factories.member(team1), "presentations")
    assert read.count('class="mine"') == 1 and "you, Tamb T." in read
    assert "moved here from Apr 10" in read and "<del>Topic 1</del>" in read and "Team 1, now Apr 15" in read
    assert "none owed, your talk" in read and "you owe 1 review" in read
    assert "Release 2, Tue Apr 2" in read
    assert "Your talk is on Mon Apr 15, talk 1, 9:00 am" in read
    assert "your team has seen" in post(cast, factories.member(team1), "schedule_seen", release="2")
    assert "Seen by our team" not in page(cast, factories.member(team1), "presentations")


def test_a_talk_that_moved_is_reviewed_from_where_it_stands(cast: Cast):
    team1, _, _ = factories.released(cast)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=factories.BEFORE)
    with time_machine.travel(factories.starts_at(team1) + timedelta(minutes=5), tick=False):
        read = page(cast, cast.student, "presentations")
    assert url(cast, "talk_review", factories.talk_of(team1).pk) in read and "moved here from Apr 10" in read


def test_the_way_to_a_review_is_shown_while_it_is_open_for_this_student_and_counts(cast: Cast):
    team1 = factories.released(cast)[0]
    talk, meeting = factories.talk_of(team1), factories.meeting(cast, factories.DAYS[0])
    way = url(cast, "talk_review", talk.pk)
    by = cast.instructor.user
    until = meeting.starts_at + timedelta(days=5)
    windows.set_allowance(cast.other_student, meeting, by=by, is_waived=False, extended_until=until, reason="ill")
    for when, ada, timo in (
        (timedelta(hours=-1), False, False),
        (timedelta(), True, True),
        (timedelta(days=4), False, True),
    ):
        with time_machine.travel(meeting.starts_at + when, tick=False):
            shown = [way in page(cast, who, "presentations") for who in (cast.student, cast.other_student)]
            home = [way in page(cast, who, "course_home") for who in (cast.student, cast.other_student)]
        assert shown == [ada, timo] and home == [ada, timo], when
    type(talk).objects.filter(pk=talk.pk).update(do_reviews_count=False)
    with time_machine.travel(meeting.starts_at, tick=False):
        assert way not in page(cast, cast.student, "presentations")


def test_nothing_is_shown_before_the_first_release(cast: Cast):
    factories.make_plan(cast.course)
    team = factories.make_teams(cast.course, 1)[0]
    arranging.move(factories.talk_of(team), factories.meeting(cast, factories.DAYS[0]))
    read = page(cast, cast.student, "presentations")
    assert "No schedule yet" in read and "Topic 1" not in read


def test_the_public_page_is_off_by_default_and_names_no_student(cast: Cast, client):
    factories.released(cast)
    assert client.get(url(cast, "public_schedule")).status_code == 404
    PresentationPlan.objects.update(is_public=True)
    read = client.get(url(cast, "public_schedule")).content.decode()
    assert "Topic 1" in read and "Team 1" in read
    assert not [p for p in cast.course.enrollments.all() if p.user.name in read or p.user.short_name in read]


@pytest.fixture
def team(cast: Cast):
    return factories.released(cast, is_public=True)[0]


def test_a_cancelled_class_is_no_talk_of_ones_own_on_today_and_is_marked_for_anyone(cast: Cast, team):
    own, soon = factories.member(team), NOW + timedelta(days=3)
    public = reverse("public_schedule", args=[cast.course.slug])
    assert waiting.talks_waiting_for(own, now=soon).talk and "cancelled" not in Client().get(public).content.decode()
    calendar.cancel_meeting(factories.meeting(cast, factories.DAYS[0]), reason="storm", now=NOW)
    assert waiting.talks_waiting_for(own, now=soon).talk is None
    assert Client().get(public).content.decode().count("cancelled") == 1


@pytest.mark.parametrize("criteria", [factories.CRITERIA, None])
def test_the_schedule_and_today_lead_to_a_review_exactly_where_it_is_open(cast: Cast, team, criteria):
    ReviewPlan.objects.update(criteria=criteria)
    for now in (NOW, factories.starts_at(team), factories.starts_at(team) + timedelta(days=30)):
        for who in (cast.student, factories.member(team), cast.instructor):
            rows = [row for day in my_schedule.schedule_of(who, now=now).days for row in day.rows if row.place]
            may = {row.place.talk.pk for row in rows if not windows.review_window(row.place.talk, who, now=now).why_not}
            assert {row.place.talk.pk for row in rows if row.can_review} == may
            led = {place.talk.pk for owed in waiting.talks_waiting_for(who, now=now).reviews for place in owed.places}
            assert led == may, "nothing is done yet"
