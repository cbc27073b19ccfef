"""The pages: what one reads, what is refused in words, and how often they ask the database."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.testing import Cast, client_of, enroll
from presentations.domain import allowances, arranging, feedback, releases, reviews, swaps, versions
from presentations.models import PeerReview, PresentationPlan, SwapRequest, Team, TeamMember
from presentations.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _before_the_talks():
    with time_machine.travel(world.BEFORE, tick=False):
        yield


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(name, args=[cast.course.slug, *args])


def page(cast: Cast, who, name: str, *args: object) -> str:
    answer = client_of(who).get(url(cast, name, *args))
    assert answer.status_code == 200
    return answer.content.decode()


def post(cast: Cast, who, name: str, *args: object, **typed: object) -> str:
    answer = client_of(who).post(url(cast, name, *args), typed, follow=True)
    return answer.content.decode()


def test_the_schedule_marks_my_talk_my_duties_and_what_moved(cast: Cast):
    one, _, _ = world.released(cast)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.BEFORE)
    read = page(cast, world.member(one), "presentations")
    assert read.count('class="mine"') == 1 and "you, Tamb T." in read
    assert "moved here from Apr 10" in read and "<del>Topic 1</del>" in read and "Team 1, now Apr 15" in read
    assert "none owed, your talk" in read and "you owe 1 review" in read
    assert "Release 2, Tue Apr 2" in read
    assert "Your talk is on Mon Apr 15, talk 1, 9:00 am" in read
    assert "your team has seen" in post(cast, world.member(one), "schedule_seen", release="2")
    assert "Seen by our team" not in page(cast, world.member(one), "presentations")


def test_a_talk_that_moved_is_reviewed_from_where_it_stands(cast: Cast):
    one, _, _ = world.released(cast)
    swaps.swap_by_staff(cast.course, 1, 2, by=None, now=world.BEFORE)
    with time_machine.travel(world.starts_at(one) + timedelta(minutes=5), tick=False):
        read = page(cast, cast.student, "presentations")
    assert url(cast, "talk_review", world.talk_of(one).pk) in read and "moved here from Apr 10" in read


def test_the_way_to_a_review_is_shown_while_it_is_open_for_this_student_and_counts(cast: Cast):
    one = world.released(cast)[0]
    talk, meeting = world.talk_of(one), cast.course.meetings.get(date=world.DAYS[0])
    way = url(cast, "talk_review", talk.pk)
    by = cast.instructor.user
    until = meeting.starts_at + timedelta(days=5)
    allowances.allow(cast.other_student, meeting, by=by, is_waived=False, extended_until=until, reason="ill")
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
    world.make_plan(cast.course)
    team = world.make_teams(cast.course, 1)[0]
    arranging.move(world.talk_of(team), cast.course.meetings.get(date=world.DAYS[0]))
    read = page(cast, cast.student, "presentations")
    assert "No schedule yet" in read and "Topic 1" not in read


def test_a_swap_is_a_conversation_of_two_buttons(cast: Cast):
    one, two, _ = world.released(cast, swaps_need_approval=False)
    assert "team 2 gets a letter" in post(cast, world.member(one), "swap_ask", team=2, note="A wedding")
    swap = SwapRequest.objects.get()
    assert "“A wedding”" in page(cast, world.member(two), "swaps")
    assert "Only the people of team 2" in post(cast, world.member(one), "swap_accept", swap.pk)
    assert "changed places" in post(cast, world.member(two), "swap_accept", swap.pk)
    assert world.day_of(one) == world.DAYS[1]
    assert "have changed places" in post(cast, world.member(two), "swap_accept", swap.pk), "the same answer twice"
    assert "not with team 3" in post(cast, world.member(two), "swap_ask", team=3)
    assert "nothing was asked" in post(cast, cast.student, "swap_ask", team="x")


def test_students_form_a_team_and_claim_a_topic(cast: Cast):
    world.make_plan(cast.course)
    assert "Team 1 is yours" in post(cast, cast.student, "team_start")
    team = Team.objects.get()
    post(cast, cast.student, "team_invite", team.pk, person=cast.other_student.pk)
    assert "Join team 1" in page(cast, cast.other_student, "teams")
    post(cast, cast.other_student, "team_confirm", team.pk)
    assert team.members.confirmed().count() == 2
    post(cast, cast.student, "team", team.pk, title="A Berkeley View", kind="paper")
    post(cast, cast.student, "team_days", team.pk, choice_1=world.DAYS[1], choice_2=world.DAYS[0])
    team.refresh_from_db()
    assert (team.title, team.preferred_days) == ("A Berkeley View", [world.DAYS[1], world.DAYS[0]])
    assert "name each day once" in post(
        cast, cast.student, "team_days", team.pk, choice_1=world.DAYS[1], choice_2=world.DAYS[1]
    )
    other = enroll(cast.course, "Ann Other")
    client_of(other).post(url(cast, "team_start"))
    second = Team.objects.get(number=2)
    answer = client_of(other).post(url(cast, "team", second.pk), {"title": "a berkeley view"})
    assert answer.status_code == 422 and "claimed by Team 1" in answer.content.decode()
    assert "Only the people of team 1" in post(cast, other, "team", team.pk, title="Mine")


def test_staff_see_who_is_in_no_team_and_mend_teams(cast: Cast):
    one = world.released(cast)[0]
    read = page(cast, cast.assistant, "teams")
    assert "In no team: 2" in read and "6 of 8 students placed" in read
    post(cast, cast.assistant, "team_form", person=cast.student.pk)
    made = TeamMember.objects.get(enrollment=cast.student)
    assert (made.team.number, made.confirmed_at is None) == (4, False)
    post(cast, cast.assistant, "team_unseat", made.team.pk, person=cast.student.pk)
    assert not Team.objects.filter(number=4).exists()
    assert "talk in the schedule" in post(cast, cast.assistant, "team_disband", one.pk)


def test_staff_arrange_by_buttons_and_release(cast: Cast):
    one = world.talk_of(world.released(cast)[0])
    post(cast, cast.assistant, "talk_move", one.pk, meeting=world.DAYS[1])
    post(cast, cast.assistant, "talk_nudge", one.pk, to="earlier")
    assert "Release: 3 changes" in page(cast, cast.instructor, "arrange") or "Release: 2 changes" in page(
        cast, cast.instructor, "arrange"
    )
    assert "stays where it was" in post(cast, cast.assistant, "talk_move", one.pk, meeting="never")
    assert "Wed Apr 10, talk 1, 9:00 am" in page(cast, cast.instructor, "release")
    version = versions.of(releases.pending_changes(cast.course))
    assert "Release 2 is published" in post(cast, cast.instructor, "release", note="Swap", version=version)
    assert "nothing was released" in post(cast, cast.instructor, "release", version=versions.of([]))
    assert "3 talks moved on" in post(cast, cast.instructor, "push_on", world.DAYS[1])
    post(cast, cast.assistant, "guest_add", guest="Gus", title="Hello", kind="guest")
    assert "Hello" in page(cast, cast.assistant, "arrange")
    read = post(cast, cast.assistant, "allocate", seed=3)
    assert "seed 3" in read


def test_the_public_page_is_off_by_default_and_names_no_student(cast: Cast, client):
    world.released(cast)
    assert client.get(url(cast, "public_schedule")).status_code == 404
    PresentationPlan.objects.update(is_public=True)
    read = client.get(url(cast, "public_schedule")).content.decode()
    assert "Topic 1" in read and "Team 1" in read
    assert not [p for p in cast.course.enrollments.all() if p.user.name in read or p.user.short_name in read]


FINE = {"content": "4", "clarity": "5", "good": "Clear.", "better": ""}


def test_a_review_is_written_on_its_page_saved_by_itself_and_handed_in(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    assert "has not begun yet" in page(cast, cast.student, "talk_review", talk.pk)
    with time_machine.travel(start + timedelta(minutes=5), tick=False):
        assert ">Review<" in page(cast, cast.student, "presentations").replace(' <span class="unseen"', "<span")
        said = post(cast, cast.student, "talk_review_draft", talk.pk, content="3")
        assert "Draft saved 9:05 am PDT; it is not handed in yet" in said
        answer = client_of(cast.student).post(url(cast, "talk_review", talk.pk), {**FINE, "content": "9"})
        read = answer.content.decode()
        assert answer.status_code == 422 and "Choose a whole number from 1 to 5" in read and "Clear." in read
        assert "Your review is handed in." in post(cast, cast.student, "talk_review", talk.pk, **FINE)
        assert "your own talk" in post(cast, world.member(talk.team), "talk_review_draft", talk.pk)
    assert PeerReview.objects.get().scores == {"content": 4, "clarity": 5}


def test_staff_follow_screen_and_give_the_reviews(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    for k in range(3):
        reviews.submit(talk, by=enroll(cast.course, f"Rev R{k}x"), typed={**FINE, "good": f"Word {k}"}, now=start)
    with time_machine.travel(start + timedelta(days=3), tick=False):
        assert "3 of 3" not in page(cast, cast.assistant, "review_progress")
        review = PeerReview.objects.first()
        post(
            cast,
            cast.assistant,
            "review_screen",
            review.pk,
            key="good",
            text="Kind word",
            version=versions.of("Word 0"),
        )
        assert "reads its feedback now" in post(cast, cast.instructor, "talk_release", talk.pk)
        read = page(cast, world.member(talk.team), "talk_feedback", talk.pk)
        assert "Kind word" in read and "Word 0" not in read
        rows = client_of(cast.assistant).get(url(cast, "reviews_csv")).content.decode()
        assert rows.startswith("Student,SIS Login ID,Owed,Done,Late,Extra,2024-04-10")
        meeting = cast.course.meetings.get(date=world.DAYS[1])
        typed = {"person": cast.student.pk, "meeting": meeting.pk, "is_waived": "on", "reason": "ill"}
        client_of(cast.assistant).post(url(cast, "allowance"), typed)
        assert "waived" in page(cast, cast.assistant, "review_progress")


# --- Queries -------------------------------------------------------------------------------------
def asked(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


def fill(cast: Cast, n: int) -> None:
    """n teams in the schedule, a swap asked and a review for each."""
    world.released(cast, n, swaps_need_approval=False)
    for team in cast.course.teams.exclude(number=1):
        asker = world.member(team)
        swaps.propose(team, cast.course.teams.get(number=1), by=asker, now=world.BEFORE)
        talk = world.talk_of(team)
        PeerReview.objects.create(
            presentation=talk, reviewer=cast.student, scores={"content": 3}, saved_at=world.BEFORE
        )
    PeerReview.objects.update(submitted_at=world.BEFORE)


@pytest.mark.parametrize("n", [9, 90])
def test_pages_ask_as_often_at_9_teams_as_at_90(cast: Cast, n: int):
    fill(cast, n)
    PresentationPlan.objects.update(is_public=True)
    first = cast.course.teams.get(number=1)
    feedback.release(world.talk_of(first), now=world.starts_at(first) + timedelta(days=9), summary="Fine.")
    student, staff = client_of(world.member(first)), client_of(cast.instructor)
    talk = world.talk_of(first).pk
    counts = {
        "presentations": asked(student, url(cast, "presentations")),
        "presentations of staff": asked(staff, url(cast, "presentations")),
        "review_progress": asked(staff, url(cast, "review_progress")),
        "teams": asked(student, url(cast, "teams")),
        "teams of staff": asked(staff, url(cast, "teams")),
        "team": asked(student, url(cast, "team", first.pk)),
        "swaps": asked(student, url(cast, "swaps")),
        "swaps of staff": asked(staff, url(cast, "swaps")),
        "arrange": asked(staff, url(cast, "arrange")),
        "release": asked(staff, url(cast, "release")),
        "presentation_plan": asked(staff, url(cast, "presentation_plan")),
        "swap_rules": asked(staff, url(cast, "swap_rules")),
        "review_plan": asked(staff, url(cast, "review_plan")),
        "talk_review": asked(client_of(cast.student), url(cast, "talk_review", talk)),
        "talk_reviews": asked(staff, url(cast, "talk_reviews", talk)),
        "talk_feedback": asked(student, url(cast, "talk_feedback", talk)),
        "public_schedule": asked(Client(), url(cast, "public_schedule")),
        "course_home": asked(student, url(cast, "course_home")),
    }
    assert counts == QUERIES
    assert counts["presentations"] < 15 and counts["review_progress"] < 15
    assert releases.latest(cast.course) is not None


QUERIES = {
    "presentations": 14,
    "presentations of staff": 14,
    "review_progress": 14,
    "teams": 12,
    "teams of staff": 12,
    "team": 14,
    "swaps": 11,
    "swaps of staff": 6,
    "arrange": 17,
    "release": 21,
    "presentation_plan": 5,
    "swap_rules": 6,
    "review_plan": 8,
    "talk_review": 14,
    "talk_reviews": 8,
    "talk_feedback": 6,
    "public_schedule": 6,
    "course_home": 27,
}
