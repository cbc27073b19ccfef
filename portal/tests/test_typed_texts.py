"""What people type stays words, on every page and in every feed and file; where a text is trusted is listed."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
import vobject
from django.conf import settings
from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from accounts.models import User
from credits.models import Grant
from officehours.domain import calendar_feeds
from portal.testing import NOON, Cast
from portal.tests.routes import all_routes
from portal.tests.test_published_texts import READ_BY_OTHERS, TEXT_FIELDS
from portal.tests.world import World, make_world
from presentations.models import PeerReview
from presentations.tests import factories as talks

# --- Where a text is trusted, or a form is taken without its token ------------------------------
MARKS = re.compile(r"csrf_exempt|\|\s*safe\b|\bsafeseq\b|mark_safe|SafeString|SafeText|autoescape off|__html__")
TRUSTED = {
    ("courses/templatetags/course_text.py", "SafeString"): "passes on what mail.domain.markdown made",
    ("feedback/views/answering.py", "csrf_exempt"): "an answer outlives a new sign-in; same_origin stands in for it",
    ("mail/domain/markdown.py", "SafeString"): "the one renderer of what people type",
    ("mail/domain/markdown.py", "mark_safe"): "what it marks was cleaned or escaped on the same line",
    ("mail/views.py", "csrf_exempt"): "one-click unsubscribe comes from mail servers (RFC 8058), with a signed token",
    ("templates/django/forms/_hints.html", "|safe"): "help texts are written by us",
    ("templates/feedback/wall.html", "|safe"): "a QR code that we draw of our own address",
    ("templates/mail/_letter.txt", "autoescape off"): "plain text, in which R&D stays R&D",
}


def sources() -> Iterator[Path]:
    for folder in settings.BASE_DIR.iterdir():
        if (folder / "__init__.py").exists() or folder.name == "templates":
            yield from (path for path in folder.rglob("*") if path.suffix in {".py", ".html", ".txt", ".md", ".svg"})


def trusting(source: str) -> set[str]:
    return {match.replace(" ", "") if "|" in match else match for match in MARKS.findall(source)}


def test_every_text_that_is_trusted_and_every_form_without_a_token_is_listed():
    found = {
        (str(path.relative_to(settings.BASE_DIR)), mark)
        for path in sources()
        if "tests" not in path.parts
        for mark in trusting(path.read_text())
    }
    assert found == set(TRUSTED)


@pytest.mark.parametrize("hole", ["{{ topic|safe }}", "{{ topic | safe }}", "@csrf_exempt", "return mark_safe(name)"])
def test_a_new_hole_of_this_kind_is_found(hole: str):
    assert trusting(hole)


# --- One tag and one quotation mark, in every text -----------------------------------------------
OF_PEOPLE = {f"accounts.User.{name}": User._meta.get_field(name) for name in ("name", "sort_name")}
FIELDS = {name: field for name, field in TEXT_FIELDS.items() if name in READ_BY_OTHERS} | OF_PEOPLE
NUMBERS = {name: f"z{number}z" for number, name in enumerate(FIELDS)}
# What a student types, and somebody reads on a page of this walk.
BY_STUDENTS = [
    "accounts.User.name",
    "feedback.StudentQuestion.asked",
    "feedback.StudentQuestion.wording",
    "officehours.Appointment.topic",
    "officehours.QueueEntry.topic",
    "presentations.PeerReview.comments",
    "presentations.SwapRequest.note",
    "presentations.Team.title",
    "presentations.Topic.title",
    "credits.Grant.report",
]


def typed(name: str) -> str:
    """A tag, and a way out of a quoted attribute; a number says which field it was typed into."""
    return f'<b q>{NUMBERS[name]}" q="'


def replaced(value: object, text: str) -> object:
    """The same lists and mappings, each text of them another."""
    if isinstance(value, dict):
        return {key: replaced(part, text) for key, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, text) for part in value]
    return text if isinstance(value, str) else value


def type_everywhere() -> None:
    for name, field in FIELDS.items():
        rows = field.model._base_manager
        if not isinstance(field, models.JSONField):
            for row in rows.all():  # one after the other: some are unique
                rows.filter(pk=row.pk).update(**{field.name: f"{typed(name)} {row.pk}"})
    for name in ("presentations.PeerReview.comments", "courses.Assignment.topics", "courses.Assignment.notes"):
        field = FIELDS[name]
        for row in field.model._base_manager.all():
            setattr(row, field.name, replaced(getattr(row, field.name), typed(name)))
            row.save(update_fields=[field.name])


class Reader(HTMLParser):
    """Reads a page as a browser does: what it says, and the tags and attributes that somebody typed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.holes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for _, value in attrs if value]
        if any(name.strip("\"'<>=/") == "q" for name, _ in attrs):
            self.holes.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def holes_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.holes


def read(answer: HttpResponse, url: str) -> str:
    """The words of an answer, each kind read by a parser that stumbles over what is not escaped."""
    kind = answer.get("Content-Type", "")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind.startswith("text/html"):
        reader = Reader()
        reader.feed(content.decode())
        assert not reader.holes, url
        return " ".join(reader.words)
    if kind.startswith("text/calendar"):
        return " ".join(event.summary.value for event in getattr(vobject.readOne(content.decode()), "vevent_list", []))
    if kind.startswith("text/csv"):
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert len({len(line) for line in table}) <= 1, url
        return " ".join(cell for line in table for cell in line)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = [package.read(name) for name in package.namelist() if name.endswith(".xml")]
        return " ".join(text for part in parts for text in ElementTree.fromstring(part).itertext())
    return ""


@pytest.fixture
def world(cast: Cast) -> Iterator[World]:
    with time_machine.travel(NOON, tick=False):
        world = make_world(cast)
        PeerReview.objects.update(comments={"good": "Clear."}, submitted_at=NOON)
        Grant.objects.filter(pk=world.rows["grant"].pk).update(revealed_at=NOON, reported_at=NOON)
        yield world


@pytest.mark.django_db
def test_a_tag_and_a_quotation_mark_that_somebody_typed_stay_words_everywhere(world: World):
    type_everywhere()
    reviews = reverse("talk_reviews", args=["cs101-s24", world.rows["review"].presentation_id])
    words = []
    for person in [*world.insiders, talks.member(world.rows["swap"].to_team)]:
        browser = world.browser_of(person)
        feed = f"/calendar/{calendar_feeds.feed_of(person).token}.ics"
        for url in [feed, reviews, *(world.url_of(route) for route in all_routes())]:
            answer = browser.get(url)
            assert answer.status_code < 500, url
            words.append(read(answer, url))
    whole = " ".join(words)
    assert [name for name in BY_STUDENTS if NUMBERS[name] not in whole] == [], "typed, but seen on no page"


@pytest.mark.parametrize("page", ["<p>{}</p>", '<p title="{}">', "<p title={}>"])
def test_a_text_that_is_not_escaped_is_found(page: str):
    assert holes_in(page.format(typed("accounts.User.name")))
