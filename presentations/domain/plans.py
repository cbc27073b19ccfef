"""The instructor's rules for presenting: what holds where they left something open, and how staff change them."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import calendar, publishing
from courses.models import ClassMeeting, Course, Enrollment, Section
from presentations.models import PresentationDay, PresentationPlan, ReviewPlan, Slot, TeamMember

Kind = dict[str, Any]  # in the course file's shape: key, label, minutes


def plan_of(course: Course) -> PresentationPlan:
    """The course's plan; one that nobody wrote yet is not stored."""
    plans = PresentationPlan.objects.select_related("course__review_plan")
    return plans.filter(course=course).first() or PresentationPlan(course=course)


def review_plan_of(course: Course) -> ReviewPlan:
    """What the course asks of reviewers; one that nobody wrote yet is not stored."""
    return ReviewPlan.objects.filter(course=course).first() or ReviewPlan(course=course)


def asked_of_reviewers(plan: PresentationPlan) -> ReviewPlan:
    """What the course asks of reviewers, read together with its plan."""
    return getattr(plan.course, "review_plan", None) or ReviewPlan(course=plan.course)


def presenting_sections(plan: PresentationPlan) -> list[Section]:
    sections = list(plan.course.sections.all())
    named = plan.presenting_sections
    return sections if named is None else [section for section in sections if section.code in named]


def presents(plan: PresentationPlan, person: Enrollment) -> bool:
    return not person.is_staff and person.section_id in {section.pk for section in presenting_sections(plan)}


def days_of(course: Course) -> list[PresentationDay]:
    return list(course.presentation_days.select_related("meeting").order_by("meeting__starts_at"))


def lock_schedule(course: Course) -> None:
    """Let nobody else change this course's schedule until the transaction ends."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)


def edit_token(shown: object) -> str:
    """A digest of what a form showed, which it sends back so that an older tab overwrites nothing unseen.

    `shown` is anything that JSON can hold.
    """
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def change_plan(
    plan: PresentationPlan, *, kinds: Sequence[Kind], presenting_sections: Sequence[str], **fields: Any
) -> PresentationPlan:
    """Change the rules of presenting; what is published keeps its hours until the next release.

    Raises DomainError, and changes nothing, for a kind that a team presents and that would be gone, for two kinds of
    one key, for teams that would be too large, and if nobody would present.
    """
    publishing.check(*publishing.texts_in(kinds), *publishing.texts_in(fields))
    course = plan.course
    lock_schedule(course)
    _refuse_kinds(course, kinds)
    _refuse_sizes(course, fields.get("max_size"))
    codes = [section.code for section in course.sections.all()]
    if codes and not presenting_sections:
        raise DomainError("Choose at least one section whose students present. Nothing was saved.")
    before = plan_of(course)
    plan.kinds = list(kinds) if kinds or before.kinds is not None else None
    if set(presenting_sections) != set(codes if before.presenting_sections is None else before.presenting_sections):
        plan.presenting_sections = [code for code in codes if code in presenting_sections]
    for name, value in fields.items():
        setattr(plan, name, value)
    _keep_published_hours(course, before, plan)
    plan.save()
    return plan


def with_keys(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Entries of which each has a key; who has none yet gets one made of its words."""
    taken = {entry["key"] for entry in entries if entry.get("key")}
    complete = []
    for entry in entries:
        key = entry.get("key") or _free_key(str(entry.get("label") or entry.get("prompt")), taken)
        taken.add(key)
        complete.append({**entry, "key": key})
    return complete


def _free_key(words: str, taken: set[str]) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in words.casefold()).strip("_")[:34] or "other"
    tries = [plain, *(f"{plain}_{n}" for n in range(2, 1_000))]
    return next(key for key in tries if key not in taken)


def _refuse_kinds(course: Course, kinds: Sequence[Kind]) -> None:
    twice = [key for key, times in Counter(kind["key"] for kind in kinds).items() if times > 1]
    if twice:
        raise DomainError(f"Two kinds have the key “{twice[0]}”; each needs its own. Nothing was saved.")
    had = plan_of(course).kind_labels
    gone = had.keys() - {kind["key"] for kind in kinds}
    using = [str(team) for team in course.teams.filter(kind__in=gone)]
    using += [talk.who for talk in course.presentations.filter(kind__in=gone).select_related("team")]
    if using:
        raise DomainError(
            f"{using[0]} presents one of the kinds that would be gone ({', '.join(had[key] for key in sorted(gone))}). "
            "Give it another kind first; nothing was saved."
        )


def _refuse_sizes(course: Course, most: int | None) -> None:
    seats = Counter(TeamMember.objects.filter(team__course=course).values_list("team__number", flat=True))
    large = sorted(number for number, people in seats.items() if most is not None and people > most)
    if large:
        raise DomainError(
            f"Team {large[0]} has {seats[large[0]]} people, more than {most}. Change the team first; nothing was saved."
        )


def _keep_published_hours(course: Course, before: PresentationPlan, plan: PresentationPlan) -> None:
    """Write down how long a published talk is where the new rules would say otherwise: only a release changes that."""
    for slot in course.slots.live().filter(minutes=None, talk__isnull=False).select_related("talk"):
        was = before.minutes_of(slot.talk.kind if slot.talk else "")
        if was != plan.minutes_of(slot.talk.kind if slot.talk else ""):
            Slot.objects.filter(pk=slot.pk).update(minutes=was)


def classes_to_add(course: Course) -> list[ClassMeeting]:
    return list(course.meetings.held().filter(presentation_day=None).order_by("starts_at"))


@transaction.atomic
def add_day(course: Course, day: date) -> PresentationDay:
    """Make a class a presentation day; asking twice makes one. Raises DomainError for a day without class."""
    meeting = course.meetings.held().filter(date=day).first()
    if meeting is None:
        off = course.no_class_days.filter(date=day).first()
        why = f" ({off.reason})" if off and off.reason else ""
        raise DomainError(f"There is no class on {calendar.long_date(day)}{why}. Choose a class; nothing was added.")
    return PresentationDay.objects.get_or_create(meeting=meeting, defaults={"course": course})[0]


@transaction.atomic
def remove_day(course: Course, day: date) -> None:
    """Make a class an ordinary one again; asking twice does no harm.

    Raises DomainError while a talk is planned for it or published on it.
    """
    lock_schedule(course)
    slots = course.slots.filter(meeting__date=day).exclude(talk=None)
    planned = slots.draft().count()
    if planned:
        talks = "1 talk is" if planned == 1 else f"{planned} talks are"
        raise DomainError(f"{talks} planned for {calendar.long_date(day)}. Move them first; nothing was removed.")
    if slots.live().exists():
        raise DomainError(
            f"A talk on {calendar.long_date(day)} is still published. Release the draft first; nothing was removed."
        )
    course.presentation_days.filter(meeting__date=day).delete()
