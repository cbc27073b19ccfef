"""Events of a course as calendars read them (RFC 5545): a UID that stays, a SEQUENCE that rises, times in UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import F

from courses.models import Published
from mail.domain.plain_text import without_controls

if TYPE_CHECKING:
    from icalendar import Event as Component

CLOSE = timedelta(days=2)  # calendars read a feed again every 8 to 24 hours


def is_close(start: datetime, now: datetime, *, end: datetime | None = None) -> bool:
    """Whether something is to begin so soon that letters say it at once, since calendars could be late; or it is on."""
    return now < (end or start) and start <= now + CLOSE


def digest(*parts: object) -> str:
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def publish(shown: Iterable[tuple[Published, str]], now: datetime) -> None:
    """Raise the sequence of every row whose digest of what calendars show is another than when it was last published.

    Publishing the same again writes nothing. Of two who publish different things at once each raises it.
    """
    new = []
    for row, content in shown:
        if not row.published_digest:
            row.published_digest, row.changed_at = content, row.changed_at or now
            new.append(row)
        elif row.published_digest != content:
            _raise(row, content, now)
    if new:
        type(new[0])._default_manager.bulk_update(new, ["published_digest", "changed_at"], batch_size=200)


def _raise(row: Published, content: str, now: datetime) -> None:
    rows = type(row)._default_manager.filter(pk=row.pk)
    while row.published_digest != content:
        fields = {"published_digest": content, "changed_at": now, "sequence": F("sequence") + 1}
        rows.filter(published_digest=row.published_digest).update(**fields)
        row.refresh_from_db(fields=("published_digest", "changed_at", "sequence"))


@dataclass(frozen=True)
class Event:
    """One event; `sequence` counts how often it was changed, `changed_at` is when it was last."""

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    sequence: int = 0
    place: str = ""
    text: str = ""
    url: str = ""
    is_cancelled: bool = False
    organizer: tuple[str, str] | None = None  # name and address, of an invitation
    attendee: tuple[str, str] | None = None


def calendar(events: Iterable[Event], *, zone: ZoneInfo, name: str, domain: str, method: str = "PUBLISH") -> bytes:
    """A calendar of these events in UTC: a zone that is described date by date is read an hour off by some programs."""
    from icalendar import Calendar  # noqa: PLC0415 - a sixth of the start-up time, and few processes need it

    whole = Calendar()
    whole.add("prodid", "-//course portal//EN")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add("x-wr-calname", without_controls(name))
    whole.add("x-wr-timezone", zone.key)
    for event in events:
        whole.add_component(_component(event, domain))
    return bytes(whole.to_ical())


def _component(event: Event, domain: str) -> "Component":
    from icalendar import Event as Component  # noqa: PLC0415 - as above
    from icalendar import vCalAddress, vText  # noqa: PLC0415

    component = Component()
    component.add("uid", f"{event.uid}@{domain}")
    component.add("dtstamp", event.changed_at)
    component.add("last-modified", event.changed_at)
    component.add("sequence", event.sequence)
    component.add("dtstart", event.starts_at.astimezone(UTC))
    component.add("dtend", event.ends_at.astimezone(UTC))
    component.add("summary", without_controls(event.summary))
    for name, value in (("location", event.place), ("description", event.text), ("url", event.url)):
        if value:
            component.add(name, without_controls(value))
    for name, person in (("organizer", event.organizer), ("attendee", event.attendee)):
        if person:
            address = vCalAddress(f"mailto:{person[1]}")
            address.params["cn"] = vText(without_controls(person[0]))
            if name == "attendee":
                address.params["rsvp"] = vText("FALSE")  # nobody waits for an answer
            component.add(name, address)
    component.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    return component
