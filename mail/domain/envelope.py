"""A letter of the outbox as an e-mail, with the headers that mail readers go by."""

import re
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mail.domain import wording
from mail.models import Message


def of(message: Message) -> EmailMultiAlternatives:
    """The e-mail of a letter: plain text with HTML beside it, from the course's name."""
    letter = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=_address(message.sender_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        to=[_address(message.recipient.name, message.recipient.email)],
        headers=headers_of(message),
    )
    letter.attach_alternative(message.html, "text/html")
    if message.calendar:
        method = re.search(r"^METHOD:(\w+)", message.calendar, re.MULTILINE)
        kind = f"text/calendar; method={method[1] if method else 'PUBLISH'}"
        letter.attach_alternative(message.calendar, kind)
    return letter


def headers_of(message: Message) -> dict[str, str]:
    """Identity (the same at every try), thread, one-click unsubscribe (RFC 8058), and that a machine wrote it."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.thread:
        headers["References"] = headers["In-Reply-To"] = thread_id(message)
    if url := wording.unsubscribe_url(message.recipient, message.kind):
        headers["List-Unsubscribe"] = f"<{url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def thread_id(message: Message) -> str:
    """The common root of all letters about one thing; no letter of that id exists, which readers allow."""
    root = re.sub(r"[^A-Za-z0-9]+", "-", f"{message.course_slug} {message.thread}").strip("-")
    return f"<thread-{root}@{message.message_id.partition('@')[2]}"


def _address(name: str, address: str) -> str:
    return formataddr((" ".join(name.split()), address))
