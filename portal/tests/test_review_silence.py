"""Nothing that a presenter can fetch depends on who reviewed, or when: two courses that differ in it answer alike.

Searching for names finds what one thought of; comparing finds the rest: orders, counts, ids, lengths, headers, times.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from courses.models import Enrollment
from mail.models import Message
from portal.testing import Cast, client_of, enroll
from portal.tests.routes import Route, all_routes
from presentations.domain import arranging, feedback, releases, reviews, teams
from presentations.models import PeerReview, Presentation, SwapRequest, TeamFeedback
from presentations.tests import factories as world
from presentations.tests.test_uploads import pdf

pytestmark = pytest.mark.django_db
FIRST_ID = 7_654_300
TIMED = ("ETag", "Last-Modified", "Age", "Server-Timing")  # headers that would tell when something changed
TOKENS = re.compile(r'(name="csrfmiddlewaretoken" value="|csrf-?token&quot;: &quot;|nonce-)[\w-]+', re.I)
PLACE = re.compile(r"^c/<slug:course_slug>/")


@dataclass
class Stage:
    """Talks that are over: of a team of both sections, of another team, and of a guest; and who could review them."""

    cast: Cast
    talk: Presentation
    guest: Presentation
    presenters: list[Enrollment]  # one of each section
    reviewers: list[Enrollment]  # of both sections, in no team
    secrets: set[str] = field(default_factory=set)

    @property
    def start(self):
        return self.talk.slots.live().get().meeting.starts_at


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(tmp_path, settings):
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": local}


def reviewers(cast: Cast, n: int) -> list[Enrollment]:
    """Students of both sections with ids that no other row has."""
    found = []
    for k in range(n):
        person = enroll(cast.course, f"Zebulon Q{k}uixote", section=k % 2)
        Enrollment.objects.filter(pk=person.pk).update(id=FIRST_ID + k)
        found.append(Enrollment.objects.select_related("user", "course", "section").get(pk=FIRST_ID + k))
    return found


@pytest.fixture
def stage(cast: Cast) -> Iterator[Stage]:
    first = world.released(cast, presenting_sections=["CS 501"])[0]
    other = enroll(cast.course, "Pia Presenter", section=0)
    teams.add_member(first, other, now=world.BEFORE)
    guest = arranging.add_guest(cast.course, guest="Gus Guest", title="Cold", kind="guest", do_reviews_count=True)
    arranging.move(guest, cast.course.meetings.get(date=world.DAYS[0]))
    releases.release(cast.course, by=None, now=world.BEFORE)
    presenters = [world.member(first), Enrollment.objects.select_related("user", "course", "section").get(pk=other.pk)]
    Message.objects.all().delete()
    for who in presenters:  # whose first look gives each a calendar address, by lot
        client_of(who).get(reverse("calendar_settings", args=[cast.course.slug]))
    found = Stage(cast, world.talk_of(first), guest, presenters, reviewers(cast, 10))
    with time_machine.travel(found.start + timedelta(days=3), tick=False):
        yield found


def review(stage: Stage, who: list[Enrollment], *, minute: int, step: int) -> None:
    """The same five reviews of the team's talk and of the guest's, by these people, at these times; one as PDF."""
    start = stage.start
    for k, person in enumerate(who):
        when = start + timedelta(minutes=minute + step * k, seconds=11)
        typed = {"content": "4", "clarity": str(1 + k % 5), "good": f"Comment {k}", "better": f"Advice {k}"}
        made = [reviews.submit(talk, by=person, typed=typed, now=when) for talk in (stage.talk, stage.guest)]
        if k == 2:
            world.handed_in(stage.talk, by=person, content=pdf(), now=when)
        local = when.astimezone(stage.cast.course.zone)
        stage.secrets |= {person.user.name, person.user.short_name, person.user.sort_name, person.user.email}
        stage.secrets |= {person.login, str(person.pk), f"{local:%I:%M}".lstrip("0"), f"{when:%H:%M}"}
        stage.secrets |= {name for row in made if (name := PeerReview.objects.get(pk=row.pk).file.name)}


def give(stage: Stage) -> None:
    """Release the feedback of the team's talk."""
    feedback.release(stage.talk, now=stage.start + timedelta(days=3))


# --- What a presenter can fetch ------------------------------------------------------------------
def rows_of(stage: Stage, route: Route) -> list[int]:
    """What `pk` may stand for in an address."""
    course = stage.cast.course
    if "pk" not in route.wants:
        return [0]
    if "/talks/" in route.pattern:
        return [stage.talk.pk, stage.guest.pk]
    if "/reviews/" in route.pattern:
        return [1, 2, 3, 9]
    return [*course.teams.values_list("pk", flat=True)][:2] or [1]


def plain(answer) -> str:
    """An answer as text, without what is drawn by lot for each of them."""
    body = b"".join(answer) if answer.streaming else answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            body = b"".join(file.read(name) for name in sorted(file.namelist()))
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    words = [str(message) for message in answer.context["messages"]] if answer.context and body else []
    return TOKENS.sub("", f"{answer.status_code} {headers} {words} {body.decode('latin-1')}")


def fetched(stage: Stage, who: Enrollment, only: str = "") -> dict[str, str]:
    """Each address of the course, asked and sent to by this person; whatever that changes is put back."""
    browser, found = client_of(who), {}
    typed = {"team": "2", "note": "x", "date": world.DAYS[0], "key": "good", "text": "x", "content": "3", "title": "x"}
    for route in all_routes():
        if not PLACE.match(route.pattern) or only not in route.name:
            continue
        is_ours = "/presentations/" in route.pattern
        for pk in rows_of(stage, route) if is_ours else [1]:
            names = {"course_slug": who.course.slug, "pk": pk, "number": 1, "date": stage.start.date()}
            url = reverse(route.name, kwargs={name: names.get(name, "x") for name in route.wants})
            for method in ("get", "post") if is_ours and route.role == "student" else ("get",):
                with transaction.atomic():
                    sent = {**typed, "file": SimpleUploadedFile("a.pdf", b"MZ")} if "upload" in url else typed
                    answer = browser.get(url) if method == "get" else browser.post(url, sent, follow=True)
                    found[f"{method} {url}"] = plain(answer)
                    transaction.set_rollback(True)
    letters = Message.objects.filter(recipient=who.user).order_by("kind", "subject")
    found["letters"] = "".join(f"{m.kind} {m.subject} {m.text} {m.html} {m.created_at} {m.thread}\n" for m in letters)
    return found


@contextmanager
def and_back() -> Iterator[None]:
    """Whatever happens inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def seen(stage: Stage, happens: Callable[[], None], only: str = "") -> list[dict[str, str]]:
    """What each presenter can fetch after this has happened; then it is undone."""
    with and_back():
        happens()
        return [fetched(stage, who, only) for who in stage.presenters]


def differences(earlier: list[dict[str, str]], later: list[dict[str, str]]) -> set[str]:
    """The addresses that answer otherwise."""
    return {f"{url}" for a, b in zip(earlier, later, strict=True) for url in a if a[url] != b[url]}


def first_five(stage: Stage) -> None:
    review(stage, stage.reviewers[:5], minute=23, step=7)


def last_five_backwards(stage: Stage) -> None:
    """Other people, of other sections, at other times; what each says is the same."""
    review(stage, stage.reviewers[:4:-1], minute=21, step=3)


@pytest.fixture
def _drawn_alike(monkeypatch):
    """The lot that mixes comments, always drawn the same."""
    monkeypatch.setattr(
        feedback, "SystemRandom", lambda: type("Lot", (), {"shuffle": lambda self, texts: texts.sort()})()
    )


# --- The comparison ------------------------------------------------------------------------------
def test_before_release_no_presenter_can_tell_whether_anyone_has_reviewed(stage: Stage):
    none = seen(stage, lambda: None)
    assert len(none[0]) > 200 and sum(text.startswith("200") for text in none[0].values()) > 25
    assert differences(none, seen(stage, lambda: first_five(stage))) == set()


@pytest.mark.usefixtures("_drawn_alike")
def test_after_release_who_reviewed_and_when_changes_nothing_that_a_presenter_can_fetch(stage: Stage):
    def after(happens):
        def both():
            happens(stage)
            give(stage)

        return seen(stage, both)

    forwards, backwards = after(first_five), after(last_five_backwards)
    assert differences(forwards, backwards) == set()
    for mine in forwards:
        read = [url for url, text in mine.items() if "Advice 3" in text]
        assert read == [f"get {reverse('talk_feedback', args=[stage.cast.course.slug, stage.talk.pk])}"]
        assert "eedback" in mine["letters"]
        found = {url: secret for url, text in mine.items() for secret in stage.secrets if secret in text}
        listed = {url for url in found if "/teams" not in url}
        assert listed == set(), "names stand only where people without a team can be invited"
        assert not [(url, name) for url, text in mine.items() for name in TIMED if f"'{name}'" in text]


@pytest.mark.parametrize("leak", ["order", "n of a section", "time", "name", "id", "letter"])
@pytest.mark.usefixtures("_drawn_alike")
def test_the_comparison_finds_a_leak_of_each_kind(stage: Stage, monkeypatch, leak: str):
    release = feedback.release

    def leaking(talk, *, now, summary=""):
        written = list(talk.reviews.submitted().order_by("submitted_at"))
        made = release(talk, now=now, summary=summary)
        sections = [row.reviewer.section.code for row in written]
        texts = {
            "order": [row.comments["good"] for row in sorted(written, key=lambda row: row.reviewer.pk)],
            "n of a section": [f"{sections.count('CS 101')} of them"],
            "time": [f"{written[-1].submitted_at:%H:%M}"],
            "name": ["by " + written[0].reviewer.user.name],
            "id": [f"review {written[0].reviewer.pk % 1000}"],
            "letter": [],
        }[leak]
        TeamFeedback.objects.filter(pk=made.pk).update(comments=[{"prompt": "Good", "texts": texts}])
        if leak == "letter":
            first = Message.objects.filter(kind="feedback_released")
            first.update(thread=f"talk-{written[0].reviewer.pk}")
        return made

    monkeypatch.setattr(feedback, "release", leaking)

    def after(happens):
        def both():
            happens(stage)
            give(stage)

        return seen(stage, both, "talk_feedback")

    found = differences(after(first_five), after(last_five_backwards))
    where = "letters" if leak == "letter" else "feedback"
    assert found and all(where in url for url in found), found


def test_the_comparison_finds_a_count_of_reviews_before_release(stage: Stage, monkeypatch):
    def counted(talk, person):
        return TeamFeedback(presentation=talk, released_at=stage.start, n=talk.reviews.count(), summary="So far")

    monkeypatch.setattr(feedback, "visible_to", counted)
    none, some = (seen(stage, happens, "talk_feedback") for happens in (lambda: None, lambda: first_five(stage)))
    assert differences(none, some)


# --- What staff and others read ------------------------------------------------------------------
def test_staff_do_read_who_wrote_what(stage: Stage):
    first_five(stage)
    page = client_of(stage.cast.instructor).get(reverse("talk_reviews", args=[stage.cast.course.slug, stage.talk.pk]))
    assert {secret for secret in stage.secrets if secret in page.content.decode()} > {"Zebulon Q0uixote"}


def test_the_comments_are_mixed_and_the_page_holds_no_section_and_no_score_of_one_person(stage: Stage):
    first_five(stage)
    give(stage)
    url = reverse("talk_feedback", args=[stage.cast.course.slug, stage.talk.pk])
    page = client_of(stage.presenters[0]).get(url).content.decode()
    main = re.search(r"<main.*</main>", page, re.S)[0]
    assert "CS 101" not in main and "CS 501" not in main
    assert "3 of 5" in main and "1–5" in main, "median and spread are all there is of the scores"
    orders = [re.findall(rf"{word} (\d)", main) for word in ("Comment", "Advice")]
    assert [sorted(order) for order in orders] == [list("01234")] * 2


def test_feedback_is_of_teams_a_guest_has_none(stage: Stage):
    first_five(stage)
    url = reverse("talk_release", args=[stage.cast.course.slug, stage.guest.pk])
    assert "Feedback is for a team" in client_of(stage.cast.instructor).post(url, follow=True).content.decode()
    assert not TeamFeedback.objects.exists()


def test_before_release_and_for_others_the_page_is_not_there(cast: Cast):
    team, other_team, _ = world.released(cast)
    url = reverse("talk_feedback", args=[cast.course.slug, world.talk_of(team).pk])
    assert client_of(world.member(team)).get(url).status_code == 404
    talk = world.talk_of(team)
    start = talk.slots.live().get().meeting.starts_at
    feedback.release(talk, now=start + timedelta(days=3), summary="Fine.")
    assert client_of(world.member(team)).get(url).status_code == 200
    assert [client_of(who).get(url).status_code for who in (world.member(other_team), cast.student)] == [404, 404]
    assert not SwapRequest.objects.exists()
