"""Nothing that a presenter can fetch says who reviewed: every page, file and letter is searched for it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from courses.models import Enrollment
from mail.models import Message
from portal.testing import Cast, client_of, enroll
from portal.tests.routes import all_routes
from presentations.domain import feedback, reviews
from presentations.models import PeerReview, SwapRequest
from presentations.tests import world

pytestmark = pytest.mark.django_db
FIRST_ID = 7_654_300


def reviewers(cast: Cast, n: int) -> list[Enrollment]:
    """Students who are on no page that classmates read, with ids that no other row has."""
    found = []
    for k in range(n):
        person = enroll(cast.course, f"Zebulon Q{k}uixote")
        Enrollment.objects.filter(pk=person.pk).update(id=FIRST_ID + k)
        found.append(Enrollment.objects.select_related("user", "course", "section").get(pk=FIRST_ID + k))
    return found


@pytest.fixture
def given(cast: Cast):
    """A talk whose five reviews were given to the team, and what must be nowhere."""
    team = world.released(cast, presenting_sections=["CS 501"])[0]
    talk = world.talk_of(team)
    start = talk.slots.live().get().meeting.starts_at
    secrets: set[str] = set()
    for k, person in enumerate(reviewers(cast, 5)):
        when = start + timedelta(minutes=13 + 7 * k, seconds=11)
        typed = {"content": "4", "clarity": str(1 + k), "good": f"Comment {k}", "better": f"Advice {k}"}
        review = reviews.submit(talk, by=person, typed=typed, now=when)
        PeerReview.objects.filter(pk=review.pk).update(id=FIRST_ID + 50 + k)
        local = when.astimezone(cast.course.zone)
        secrets |= {person.user.name, person.user.short_name, person.user.sort_name, person.user.email, person.login}
        secrets |= {str(person.pk), str(FIRST_ID + 50 + k), f"{local:%I:%M}".lstrip("0"), f"{when:%H:%M}"}
    with time_machine.travel(start + timedelta(days=3), tick=False):
        feedback.release(talk, now=start + timedelta(days=3))
        yield team, secrets


def what_is_fetched(team) -> list[tuple[str, str]]:
    """The answer of every address of this room to a GET by a presenter, with each row's id in it."""
    browser, course, found = client_of(world.member(team)), team.course, []
    ids = [*course.presentations.values_list("pk", flat=True), *PeerReview.objects.values_list("pk", flat=True)]
    ids += [*course.teams.values_list("pk", flat=True), *SwapRequest.objects.values_list("pk", flat=True)]
    for route in all_routes():
        if "/presentations/" not in route.pattern:
            continue
        for pk in sorted(set(ids)) if "pk" in route.wants else [0]:
            names = {"course_slug": course.slug, "pk": pk, "date": course.meetings.first().date, "name": "x"}
            url = reverse(route.name, kwargs={name: names[name] for name in route.wants})
            answer = browser.get(url)
            body = b"".join(answer) if answer.streaming else answer.content
            found.append((url, f"{answer.status_code} {dict(answer.items())} {body.decode('latin-1')}"))
    for url in (reverse("course_home", args=[course.slug]), reverse("presentations", args=[course.slug])):
        found.append((url, browser.get(url).content.decode()))
    return found


def test_no_page_file_address_or_letter_of_a_presenter_tells_a_reviewer(given):
    team, secrets = given
    fetched = what_is_fetched(team)
    assert sum("Advice 3" in text for _, text in fetched) == 1, "the team does read the comments"
    letters = [
        (m.key, f"{m.subject} {m.text} {m.html}") for m in Message.objects.filter(recipient=world.member(team).user)
    ]
    assert any("eedback" in text for _, text in letters)
    leaks = [(where, secret) for where, text in [*fetched, *letters] for secret in secrets if secret in text]
    assert leaks == []


def test_the_search_would_find_a_leak(given):
    team, secrets = given
    staff = client_of(team.course.enrollments.get(role="instructor"))
    page = staff.get(reverse("talk_reviews", args=[team.course.slug, world.talk_of(team).pk])).content.decode()
    assert {secret for secret in secrets if secret in page} > {"Zebulon Q0uixote", str(FIRST_ID + 50)}


def test_the_feedback_holds_no_section_and_no_score_of_one_person(given, cast: Cast):
    team, _ = given
    page = client_of(world.member(team)).get(reverse("talk_feedback", args=[team.course.slug, world.talk_of(team).pk]))
    main = re.search(r"<main.*</main>", page.content.decode(), re.S)[0]
    assert "CS 101" not in main and "CS 501" not in main
    assert "3 of 5" in main and "1–5" in main, "median and spread are all there is of the scores"


def test_before_release_and_for_others_the_page_is_not_there(cast: Cast):
    one, two, _ = world.released(cast)
    url = reverse("talk_feedback", args=[cast.course.slug, world.talk_of(one).pk])
    assert client_of(world.member(one)).get(url).status_code == 404
    talk = world.talk_of(one)
    start = talk.slots.live().get().meeting.starts_at
    feedback.release(talk, now=start + timedelta(days=3), summary="Fine.")
    assert client_of(world.member(one)).get(url).status_code == 200
    assert [client_of(who).get(url).status_code for who in (world.member(two), cast.student)] == [404, 404]
