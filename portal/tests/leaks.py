"""Looking for a secret in every place where a portal keeps something, in every disguise."""

import base64
import io
import logging
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.utils.log import AdminEmailHandler

from mail.models import Message


def disguises(code: str) -> set[bytes]:
    """The code as it is, folded, reversed, in hex, base64 (at each of three offsets) and URL-encoded."""
    plain = code.encode()
    spelled = {plain, plain.lower(), plain.replace(b"-", b""), plain.lower().replace(b"-", b""), plain[::-1]}
    shifted = {base64.b64encode(b"x" * n + plain)[(4 if n else 0) : -4] for n in range(3)}
    encoded = {quote(code, safe="").encode(), "".join(f"%{byte:02X}" for byte in plain).encode()}
    return spelled | shifted | encoded | {plain.hex().encode(), plain.hex().upper().encode()}


def found_in(places: dict[str, bytes], codes: list[str]) -> set[str]:
    """The places in which any of the codes lies, however disguised."""
    needles = b"|".join(re.escape(needle) for code in codes for needle in disguises(code))
    return {name for name, content in places.items() if re.search(needles, content)}


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """All that is logged from DEBUG up, SQL with its parameters included; errors are mailed with their variables."""
    stream = io.StringIO()
    handlers = [logging.StreamHandler(stream), AdminEmailHandler(include_html=True)]
    handlers[1].setLevel(logging.ERROR)
    names = ["django", "django.db.backends", "django.request", "django.template", "celery", "allauth"]
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in names)]
    levels = [logger.level for logger in loggers]
    for handler in handlers:
        loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    yield stream
    connection.force_debug_cursor = False
    for handler in handlers:
        loggers[0].removeHandler(handler)
    for logger, before in zip(loggers, levels, strict=True):
        logger.setLevel(before)


def of_the_database() -> dict[str, bytes]:
    """The database as it lies on disk, its rows, and what is packed into rows of sessions and cache."""
    rows = io.StringIO()
    call_command("dumpdata", stdout=rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM portal_cache")
        cached = b"\n".join(base64.b64decode(value) for (value,) in cursor.fetchall())
    unpacked = "\n".join(repr(session.get_decoded()) for session in Session.objects.all())
    return {"rows": rows.getvalue().encode(), "cache": cached, "sessions": unpacked.encode(), **_on_disk()}


def _on_disk() -> dict[str, bytes]:
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        files = [path for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]
        return {f"disk {path.name}": path.read_bytes() for path in files}
    set_ = connection.settings_dict
    command = ["pg_dump", "-h", set_["HOST"], "-p", str(set_["PORT"]), "-U", set_["USER"], "-a", set_["NAME"]]
    return {"disk pg_dump": subprocess.run(command, capture_output=True, check=True).stdout}


def of_a_folder(folder: Path, name: str) -> dict[str, bytes]:
    """Every file below a folder; of a task's the message in it too."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found[f"{name} {path.name}"] = path.read_bytes() + b"".join(map(_unpacked, _packed(path.read_bytes())))
    return found


def _packed(content: bytes) -> list[bytes]:
    return re.findall(rb'"body": ?"([A-Za-z0-9+/=]+)"', content)


def _unpacked(body: bytes) -> bytes:
    return b"\n" + base64.b64decode(body)


def of_letters() -> dict[str, bytes]:
    """The outbox, and all that was sent in this process, mails of errors included."""
    return {
        "letters": b"".join(
            f"{message.subject}{message.text}{message.html}".encode() for message in Message.objects.all()
        ),
        "mail": b"".join(_plain(letter.message()) for letter in mail.outbox),
    }


def _plain(letter) -> bytes:
    parts = (part.get_payload(decode=True) or b"" for part in letter.walk() if not part.is_multipart())
    return b"\n".join([letter.as_bytes(), *parts])


def of_an_answer(answer) -> bytes:
    """A page with its headers, and the notices that travel in a cookie."""
    notices = b""
    if cookie := answer.cookies.get("messages"):
        notices = repr(CookieStorage(RequestFactory().get("/"))._decode(cookie.value)).encode()
    return answer.content + str(answer.headers).encode() + notices
