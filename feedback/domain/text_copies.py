"""Attacks by copies: a text that also stands in a session, a letter, a log or a freed page has a time and place."""

import base64
import html
import json
import quopri
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.errors import DomainError
from courses.models import Announcement
from feedback.domain import secure_delete
from feedback.models import FreeText, StudentQuestion
from mail.models import Message

SHORTEST = 16  # bytes: shorter texts occur by chance
PROBE = 48  # bytes of a text that are looked for: a longer one may be cut by a page of the database
DATABASE_FILES = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")
PUBLIC_FOLDERS = ("static", "files")


def copies_found() -> Iterator[str]:
    """Look for every unpublished text, of open surveys too, wherever else the portal writes."""
    probes = _probes()
    forms = [form for probe in probes for form in _written(probe)]
    for place, content in _places():
        copies = sum(any(form in view for view in _views(content)) for form in forms)
        if copies:
            yield f"{copies} copies of what students wrote stand in {place}"
    yield from _freed_pages(probes)


def _probes() -> list[bytes]:
    """The beginning of each text that students cannot read anyway."""
    published = set(StudentQuestion.objects.published().values_list("asked", flat=True))
    texts = set(FreeText.objects.values_list("text", flat=True)) - published
    return sorted({t.encode()[:PROBE] for t in texts if len(t.encode()) >= SHORTEST})


def _written(probe: bytes) -> set[bytes]:
    """A text as it looks in JSON, HTML, an address, a letter, a broker's message."""
    text = probe.decode(errors="ignore")
    plain = {text, json.dumps(text)[1:-1], html.escape(text), quote(text), quote_plus(text)}
    return {form.encode() for form in plain} | {quopri.encodestring(text.encode()).strip()} | _base64(text.encode())


def _base64(text: bytes) -> set[bytes]:
    """The same bytes at each of the three places that base64 may give them, without the ends that neighbours change."""
    return {base64.b64encode(b"\0" * shift + text)[4:-4] for shift in range(3)}


def _views(content: bytes) -> set[bytes]:
    """A file as it is, and with the line ends taken out that a mail or base64 puts in."""
    return {
        content,
        content.replace(b"=\r\n", b"").replace(b"=\n", b""),
        content.replace(b"\r", b"").replace(b"\n", b""),
    }


def _places() -> Iterator[tuple[str, bytes]]:
    for session in Session.objects.iterator():
        yield "a session", json.dumps(session.get_decoded(), default=str).encode()
    yield from (("the cache", row) for row in _cached())
    for message in Message.objects.iterator():
        yield (
            "a letter",
            f"{message.key}\n{message.subject}\n{message.text}\n{message.html}\n{message.last_error}".encode(),
        )
    for path in _files(settings.DATA_DIR):
        yield f"the file {path.relative_to(settings.DATA_DIR)}", path.read_bytes()


def _cached() -> Iterable[bytes]:
    table = settings.CACHES["default"]["LOCATION"]
    if table not in connection.introspection.table_names():
        return []  # the cache is Redis: it holds nothing of this app
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key, value FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return [f"{key}\n{value}".encode() for key, value in cursor.fetchall()]


def _files(folder: Path) -> Iterator[Path]:
    """Logs, the broker's messages, the demo's mailbox: whatever is written beside the database."""
    for path in sorted(Path(folder).rglob("*")):
        own = path.relative_to(folder).parts
        if path.is_file() and own[0] not in PUBLIC_FOLDERS and not path.name.endswith(DATABASE_FILES):
            yield path


def _freed_pages(probes: list[bytes]) -> Iterator[str]:
    """Count the copies in SQLite's own file: more than there are rows means that a deleted row is still readable."""
    if connection.vendor != "sqlite" or not probes:
        return
    if not secure_delete.remove_deleted([]):
        raise DomainError(
            "The database's file is in use just now, so freed pages were not looked at; please try again."
        )
    content = Path(str(connection.settings_dict["NAME"])).read_bytes()
    known = "\0".join(_known_texts()).encode()
    left = sum(max(0, content.count(probe) - known.count(probe)) for probe in probes)
    if left:
        yield f"{left} deleted texts are still readable in the database's file"


def _known_texts() -> Iterator[str]:
    """Every row in which a text of a student may rightly stand."""
    yield from FreeText.objects.values_list("text", flat=True)
    for question in StudentQuestion.objects.all():
        yield from (question.asked, question.wording, question.reply, question.follow_up, question.follow_up_reply)
    yield from Announcement.objects.values_list("text", flat=True)
