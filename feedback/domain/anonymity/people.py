"""Attacks by known orders of people: whoever knows one, and finds the completions in it, knows who came when."""

from collections.abc import Callable, Iterator

from django.contrib.sessions.models import Session

from feedback.domain.anonymity.finding import Finding, order_chance
from feedback.domain.anonymity.rows import standing_orders
from feedback.models import Completion, Survey
from mail.models import Message

Key = Callable[[Completion], float]


def attacks(survey: Survey) -> Iterator[Finding]:
    """Compare the order of the completions with every order of people that the database holds."""
    everyone = survey.completions.select_related("enrollment__user")
    people = {completion.pk: completion for completion in everyone}
    for standing, rows in standing_orders(survey, Completion).items():
        completions = [people[row.pk] for row in rows]
        for name, place in _known_orders(survey, completions).items():
            known = [(n, place[c.pk]) for n, c in enumerate(completions) if c.pk in place]
            p = order_chance([n for n, _ in known], [at for _, at in known])
            yield Finding(f"the completions' {standing} follows {name}", p)


def _known_orders(survey: Survey, completions: list[Completion]) -> dict[str, dict[int, float]]:
    """Orders of people, each as a place for the completions that it knows."""
    sessions, letters = _sessions(), _letters(survey)
    user_of = {c.pk: c.enrollment.user_id for c in completions}
    by_login = sorted(completions, key=lambda c: c.enrollment.login)
    by_name = sorted(completions, key=lambda c: c.enrollment.user.sort_name)
    signed_in = {c.pk: c.enrollment.user.last_login for c in completions}
    return {
        "the roster": {c.pk: c.enrollment_id for c in completions},
        "the people's accounts": dict(user_of),
        "the logins": {c.pk: n for n, c in enumerate(by_login)},
        "the names": {c.pk: n for n, c in enumerate(by_name)},
        "the last sign-ins": {pk: at.timestamp() for pk, at in signed_in.items() if at},
        "the sessions": {pk: sessions[user] for pk, user in user_of.items() if user in sessions},
        "the last letters": {pk: letters[user] for pk, user in user_of.items() if user in letters},
    }


def _sessions() -> dict[int, float]:
    """When the newest session of each person ends: a session that is saved again ends later."""
    ends: dict[int, float] = {}
    for session in Session.objects.order_by("expire_date").iterator():
        person = session.get_decoded().get("_auth_user_id")
        if person:
            ends[int(person)] = session.expire_date.timestamp()
    return ends


def _letters(survey: Survey) -> dict[int, float]:
    """The newest letter of the course to each person."""
    rows = Message.objects.filter(course_slug=survey.course.slug).order_by("pk").values_list("recipient", "pk")
    return {person: float(pk) for person, pk in rows}
