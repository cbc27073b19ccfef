"""The words of a letter: templates/mail/<letter>.{subject.txt,txt,html}, rendered when it is posted."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse

from accounts.models import User
from mail.domain import kinds, preferences


@dataclass(frozen=True)
class Words:
    """What a letter says: one line, plain text, and the same in HTML."""

    subject: str
    text: str
    html: str


def write(letter: str, *, to: User, kind: str, **context: Any) -> Words:
    """Render a letter for one person."""
    known = {
        "to": to,
        "kind": kinds.of(kind),
        "portal_url": settings.PORTAL_URL,
        "preferences_url": link("mail_preferences"),
        "unsubscribe_url": unsubscribe_url(to, kind),
        **context,
    }
    subject = " ".join(_render(f"{letter}.subject.txt", known).split())
    return Words(
        subject=subject if len(subject) <= 250 else subject[:249] + "…",
        text=_render(f"{letter}.txt", known).strip() + "\n",
        html=_render(f"{letter}.html", known),
    )


def unsubscribe_url(person: User, kind: str) -> str:
    """Where one click ends this kind for this person; empty for what cannot be ended."""
    if not kinds.of(kind).can_unsubscribe:
        return ""
    return link("mail_unsubscribe", token=preferences.token_of(person, kind))


def link(name: str, **kwargs: Any) -> str:
    """A whole address of the portal, as a letter needs it."""
    return settings.PORTAL_URL + reverse(name, kwargs=kwargs)


def _render(name: str, context: dict[str, Any]) -> str:
    """Only HTML is escaped: in plain text "R&D" stays as it is."""
    template: Any = get_template(f"mail/{name}")
    return str(template.template.render(Context(context, autoescape=name.endswith(".html"))))
