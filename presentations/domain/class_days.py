"""How talks follow the calendar (settings.CALENDAR_LISTENERS), and the agenda follows the talks."""

from datetime import datetime

from django.db.models import F, Max

from accounts.errors import RuleBroken
from courses.models import AgendaItem, ClassMeeting, Course
from presentations.models import PeerReview, Presentation


def said_before_cancelling(meeting: ClassMeeting) -> str:
    """What cancelling a class would do to talks, for the page that asks; empty if nothing."""
    n = meeting.slots.live().exclude(talk=None).count()
    if not n:
        return ""
    talks = "1 talk is" if n == 1 else f"{n} talks are"
    return f"{talks} planned for this class. Under Presentations, “Push on” then moves them to the next day."


def before_cancelling(meeting: ClassMeeting, now: datetime) -> None:
    """Let a class be cancelled. Raises RuleBroken if a talk of it was reviewed."""
    talks = meeting.slots.live().values("talk")
    if PeerReview.objects.submitted().filter(presentation__in=talks).exists():
        raise RuleBroken("A talk of this class was reviewed already, so the class cannot be cancelled.")


def after_calendar_change(course: Course, now: datetime, *, quietly: bool = False) -> None:
    """Nothing is stored that could go stale: hours and duties are derived from the calendar."""


def move_agenda_lines(one: Presentation, there: ClassMeeting, two: Presentation, here: ClassMeeting) -> None:
    """Let the agenda lines of two teams change places with their talks."""
    first, second = _line(one, there), _line(two, here)
    if there.pk == here.pk:
        return
    for line, other, target in ((first, second, here), (second, first, there)):
        if line and not other:
            last = target.agenda.aggregate(last=Max("position"))["last"] or 0
            AgendaItem.objects.filter(pk=line.pk).update(meeting=target, position=last + 1)
    if first and second:
        _exchange(first, second)
    if first or second:
        pks = (there.pk, here.pk)
        ClassMeeting.objects.filter(pk__in=pks).update(agenda_version=F("agenda_version") + 1)


def _line(talk: Presentation, meeting: ClassMeeting) -> AgendaItem | None:
    if talk.team is None:
        return None
    kind, number = AgendaItem.Kind.PRESENTATION, talk.team.number
    return next((line for line in meeting.agenda.filter(kind=kind) if line.target.get("team") == number), None)


def _exchange(first: AgendaItem, second: AgendaItem) -> None:
    for line, other in ((first, second), (second, first)):
        words = {"text": other.text, "target": other.target, "minutes": other.minutes}
        AgendaItem.objects.filter(pk=line.pk).update(**words)
