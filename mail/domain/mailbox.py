"""The mailbox of a laptop's portal: letters are kept as files instead of being sent."""

import re
import secrets
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage as ParsedEmail
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

ATTRIBUTE = re.compile(r'\sstyle="([^"]*)"')
ELEMENT = re.compile(r"<style>(.*?)</style>", re.DOTALL)
NAME = re.compile(r"^\d{20}-[0-9a-f]{8}$")


@dataclass(frozen=True)
class Letter:
    name: str
    sender: str
    to: str
    address: str
    subject: str
    at: datetime | None
    text: str = ""
    html: str = ""


class MailboxBackend(BaseEmailBackend):
    """Keeps each letter as one .eml file in settings.MAILBOX_DIR, whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for letter in email_messages:
            name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
            unfinished = folder / f"{name}.part"
            unfinished.write_bytes(letter.message().as_bytes())
            unfinished.replace(folder / f"{name}.eml")
        return len(email_messages)


def names() -> list[str]:
    return sorted((path.stem for path in Path(settings.MAILBOX_DIR).glob("*.eml")), reverse=True)


def head(name: str) -> Letter:
    """A letter as a list shows it, without its words."""
    return _letter(name, BytesHeaderParser(policy=default).parsebytes(_path(name).read_bytes()))


def letters_to(address: str, among: int = 500) -> list[str]:
    """The names of the letters to one address, newest first, as far as the newest `among` go."""
    return [name for name in names()[:among] if head(name).address == address]


def newest(limit: int = 500) -> list[Letter]:
    """The newest letters of the mailbox as a list shows them, without their words."""
    return [head(name) for name in names()[:limit]]


def letter(name: str) -> Letter | None:
    if not NAME.match(name) or not _path(name).exists():
        return None
    whole = message_from_bytes(_path(name).read_bytes(), policy=default)
    return _letter(name, whole, text=_part(whole, "plain"), html=_part(whole, "html"))


def style_hashes(page: str) -> list[str]:
    """The styles written into a letter's HTML, as a content security policy names them."""
    styles = {unescape(style) for style in ATTRIBUTE.findall(page)} | set(ELEMENT.findall(page))
    return sorted(f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in styles)


def _path(name: str) -> Path:
    return Path(settings.MAILBOX_DIR) / f"{name}.eml"


def _letter(name: str, parsed: Any, **parts: str) -> Letter:
    who, address = getaddresses([str(parsed["To"] or "")])[0]
    at = parsedate_to_datetime(str(parsed["Date"])) if parsed["Date"] else None
    sender = getaddresses([str(parsed["From"] or "")])[0][0]
    return Letter(name, sender, who or address, address, str(parsed["Subject"] or ""), at, **parts)


def _part(whole: ParsedEmail, kind: str) -> str:
    part = whole.get_body((kind,))
    return str(part.get_content()) if part else ""
