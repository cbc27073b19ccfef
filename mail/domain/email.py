"""A letter as an e-mail, with the headers that mail readers go by; the connection that carries it, and its refusals."""

import re
import smtplib
from email.utils import formataddr, parseaddr
from types import TracebackType
from typing import Any, Self

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection

from mail.domain import wording
from mail.domain.plain_text import without_controls
from mail.models import Message

LETTERS_A_CONNECTION = 50  # mail servers hang up on those who send more


def build(message: Message) -> EmailMultiAlternatives:
    """The e-mail of a letter: plain text with HTML beside it, from the course's name."""
    letter = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=_address(message.sender_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        to=[_address(message.recipient.name, message.recipient.email)],
        headers=_headers(message),
    )
    letter.attach_alternative(message.html, "text/html")
    if message.calendar:
        method = re.search(r"^METHOD:(\w+)", message.calendar, re.MULTILINE)
        kind = f"text/calendar; method={method[1] if method else 'PUBLISH'}"
        letter.attach_alternative(message.calendar, kind)
    return letter


def _headers(message: Message) -> dict[str, str]:
    """Identity (the same at every try), thread, one-click unsubscribe (RFC 8058), and that a machine wrote it."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.thread:
        headers["References"] = headers["In-Reply-To"] = _thread_id(message)
    if url := wording.unsubscribe_url(message.recipient, message.kind):
        headers["List-Unsubscribe"] = f"<{url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _thread_id(message: Message) -> str:
    """The common root of all letters about one thing; no letter of that id exists, which readers allow."""
    root = re.sub(r"[^A-Za-z0-9]+", "-", f"{message.course_slug} {message.thread}").strip("-")
    return f"<thread-{root}@{message.message_id.partition('@')[2]}"


def _address(name: str, address: str) -> str:
    return formataddr((" ".join(without_controls(name).split()), address))


class Connection:
    """One connection to the mail server, opened at the first letter and kept for a whole sweep."""

    def __init__(self) -> None:
        self.is_down = False  # it could not be opened at all
        self._server: Any = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, letter: EmailMessage) -> None:
        if self._server is None:
            self._open()
        try:
            self._server.send_messages([letter])
        except Exception:
            self._hang_up()
            raise
        self._sent += 1
        if self._sent >= LETTERS_A_CONNECTION:
            self._hang_up()

    def _open(self) -> None:
        server = get_connection()
        try:
            server.open()
        except Exception:
            self.is_down = True
            raise
        self._server, self._sent = server, 0

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def is_final(error: Exception) -> bool:
    """Whether another try would be refused just the same: the server knows no such recipient."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, AnymailRecipientsRefused)


def reason(error: Exception) -> str:
    """What went wrong, in words that hold neither an address nor a line of the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"the mail server refused the address ({', '.join(map(str, codes))})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server said no ({error.smtp_code})"
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return f"the mail server did not answer ({type(error).__name__})"
    return f"the letter could not be sent ({type(error).__name__})"
