"""Staff change the rules of presenting: kinds of talks, who presents, sizes and times."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.errors import DomainError
from courses.domain import publishing
from courses.models import Course
from presentations.domain import plans, releases
from presentations.models import PresentationPlan, Slot, TeamMember

Kind = dict[str, Any]  # in the course file's shape: key, label, minutes


@transaction.atomic
def change(
    plan: PresentationPlan, *, kinds: Sequence[Kind], presenting_sections: Sequence[str], **fields: Any
) -> PresentationPlan:
    """Change the rules of presenting; what is published keeps its hours until the next release.

    Raises DomainError, and changes nothing, for a kind that a team presents and that would be gone, for two kinds of
    one key, for teams that would be too large, and if nobody would present.
    """
    publishing.check(*publishing.texts_in(kinds), *publishing.texts_in(fields))
    course = plan.course
    releases.lock(course)
    _refuse_kinds(course, kinds)
    _refuse_sizes(course, fields.get("max_size"))
    codes = [section.code for section in course.sections.all()]
    if codes and not presenting_sections:
        raise DomainError("Choose at least one section whose students present. Nothing was saved.")
    before = plans.plan_of(course)
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
    found = []
    for entry in entries:
        key = entry.get("key") or _free_key(str(entry.get("label") or entry.get("prompt")), taken)
        taken.add(key)
        found.append({**entry, "key": key})
    return found


def _free_key(words: str, taken: set[str]) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in words.casefold()).strip("_")[:34] or "other"
    tries = [plain, *(f"{plain}_{n}" for n in range(2, 1_000))]
    return next(key for key in tries if key not in taken)


def _refuse_kinds(course: Course, kinds: Sequence[Kind]) -> None:
    twice = [key for key, times in Counter(kind["key"] for kind in kinds).items() if times > 1]
    if twice:
        raise DomainError(f"Two kinds have the key “{twice[0]}”; each needs its own. Nothing was saved.")
    had = plans.plan_of(course).kind_labels
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
            f"Team {large[0]} has {seats[large[0]]} people, more than {most}. Mend the team first; nothing was saved."
        )


def _keep_published_hours(course: Course, before: PresentationPlan, plan: PresentationPlan) -> None:
    """Write down how long a published talk is where the new rules would say otherwise: only a release changes that."""
    for slot in course.slots.live().filter(minutes=None, talk__isnull=False).select_related("talk"):
        was = before.minutes_of(slot.talk.kind if slot.talk else "")
        if was != plan.minutes_of(slot.talk.kind if slot.talk else ""):
            Slot.objects.filter(pk=slot.pk).update(minutes=was)
