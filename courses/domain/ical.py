"""Events of a course as calendars read them (RFC 5545): a UID that stays, a SEQUENCE that rises, times in the zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Event as Component

YEAR = timedelta(days=365)
CLOSE = timedelta(days=2)  # calendars read a feed again every 8 to 24 hours


def is_close(start: datetime, now: datetime, *, end: datetime | None = None) -> bool:
    """Whether something is to begin so soon that letters say it at once, since calendars could be late; or it is on."""
    return now < (end or start) and start <= now + CLOSE


@dataclass(frozen=True)
class Event:
    """One event; `sequence` counts how often it was told otherwise, `told_at` is when it was last."""

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    told_at: datetime
    sequence: int = 0
    place: str = ""
    text: str = ""
    url: str = ""
    is_cancelled: bool = False
    organizer: tuple[str, str] | None = None  # name and address, of an invitation
    attendee: tuple[str, str] | None = None


def calendar(events: Iterable[Event], *, zone: ZoneInfo, name: str, domain: str, method: str = "PUBLISH") -> bytes:
    """A calendar of these events, their times local to a zone that it describes."""
    from icalendar import Calendar, Timezone  # noqa: PLC0415 - a sixth of the start-up time, and few processes need it

    shown = list(events)
    whole = Calendar()
    whole.add("prodid", "-//course portal//EN")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add("x-wr-calname", name)
    whole.add("x-wr-timezone", zone.key)
    if shown:
        first = min(event.starts_at for event in shown).date() - YEAR
        last = max(event.ends_at for event in shown).date() + YEAR
        whole.add_component(Timezone.from_tzid(zone.key, first_date=first, last_date=last))
    for event in shown:
        whole.add_component(_component(event, zone, domain))
    return bytes(whole.to_ical())


def _component(event: Event, zone: ZoneInfo, domain: str) -> "Component":
    from icalendar import Event as Component  # noqa: PLC0415 - as above
    from icalendar import vCalAddress, vText  # noqa: PLC0415

    component = Component()
    component.add("uid", f"{event.uid}@{domain}")
    component.add("dtstamp", event.told_at)
    component.add("last-modified", event.told_at)
    component.add("sequence", event.sequence)
    component.add("dtstart", event.starts_at.astimezone(zone))
    component.add("dtend", event.ends_at.astimezone(zone))
    component.add("summary", event.summary)
    for name, value in (("location", event.place), ("description", event.text), ("url", event.url)):
        if value:
            component.add(name, value)
    for name, person in (("organizer", event.organizer), ("attendee", event.attendee)):
        if person:
            address = vCalAddress(f"mailto:{person[1]}")
            address.params["cn"] = vText(person[0])
            component.add(name, address)
    component.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    return component
