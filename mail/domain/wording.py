"""The words of a letter: templates/mail/<letter>.md, rendered when it is posted.

Its first line is the subject, then comes `# the heading`, the body in Markdown, and as its last line the button:
`=> [Open the page](/its/address)`.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from accounts.models import User
from mail.domain import kinds, letter_templates, markdown, plain_text, preferences

LETTER = re.compile(
    r"(?P<subject>.+)\n\s*# (?P<heading>.+)\n(?P<body>(?s:.*?))(\n=> \[(?P<label>.+)\]\((?P<url>\S+)\))?"
)
LONGEST_SUBJECT = 250


@dataclass(frozen=True)
class Words:
    subject: str
    text: str
    html: str


def write(letter: str, *, to: User, kind: str, **context: Any) -> Words:
    parts = LETTER.fullmatch(letter_templates.render(f"mail/{letter}.md", {"to": to, **context}).strip())
    if parts is None:
        raise ValueError(f"templates/mail/{letter}.md is no letter: its subject or its heading is missing.")
    subject = _one_line(parts["subject"])
    body = markdown.render_for_mail(parts["body"])
    frame = {
        "heading": _one_line(parts["heading"]),
        "label": _one_line(parts["label"] or ""),
        "url": _whole(parts["url"] or ""),
        "kind": kinds.kind_named(kind),
        "sender_name": context["sender_name"],
        "zone": context["zone"],
        "preferences_url": link("mail_preferences"),
        "unsubscribe_url": unsubscribe_url(to, kind),
    }
    return Words(
        subject=subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…",
        text=_framed("mail/_letter.txt", **frame, body=plain_text.from_html(body)).strip() + "\n",
        html=_framed("mail/_letter.html", **frame, body=body),
    )


def unsubscribe_url(person: User, kind: str) -> str:
    """Where one click ends this kind for this person; empty for what cannot be ended."""
    if not kinds.kind_named(kind).can_unsubscribe:
        return ""
    return link("mail_unsubscribe", token=preferences.token_of(person, kind))


def link(name: str, **kwargs: Any) -> str:
    """A whole address of the portal, as a letter needs it."""
    return settings.PORTAL_URL + reverse(name, kwargs=kwargs)


def _one_line(escaped: str) -> str:
    """Escaped words as a subject, a heading or a button shows them."""
    return " ".join(plain_text.without_controls(unescape(escaped)).split())


def _whole(address: str) -> str:
    return f"{settings.PORTAL_URL}{address}" if address.startswith("/") else unescape(address)


def _framed(name: str, **frame: Any) -> str:
    """Only HTML is escaped: in plain text "R&D" stays as it is."""
    return get_template(name).render(frame)
