"""How each person wants each kind of letter."""

from collections.abc import Iterable, Mapping

from django.core import signing

from accounts.models import User
from mail.domain import kinds
from mail.domain.kinds import Choice
from mail.models import Preference

SALT = "mail.unsubscribe"
SALT_OF_UNDO = "mail.unsubscribe.undo"


def choice_of(person: User, kind: str) -> Choice:
    return choices_of([person.pk], kind).get(person.pk, Choice.AT_ONCE)


def choices_of(person_ids: Iterable[int], kind: str) -> dict[int, Choice]:
    """How these people get this kind of letter, by person; who is missing gets it at once."""
    if kinds.kind_named(kind).is_fixed:
        return {}
    rows = Preference.objects.filter(person__in=person_ids, kind=kind).values_list("person", "choice")
    return {person: possible(kind, Choice(choice)) for person, choice in rows}


def possible(kind: str, choice: Choice) -> Choice:
    """The choice as this kind can keep it: "off" of what one must know is the daily letter."""
    offered = kinds.kind_named(kind).choices
    if choice in offered:
        return choice
    return Choice.DIGEST if choice == Choice.OFF and Choice.DIGEST in offered else Choice.AT_ONCE


def choices_by_kind(person: User) -> dict[str, Choice]:
    """This person's choice for each kind that has one, in the page's order."""
    stored = dict(person.mail_preferences.values_list("kind", "choice"))
    return {
        name: possible(name, Choice(stored.get(name, Choice.AT_ONCE)))
        for name, kind in kinds.all_kinds().items()
        if not kind.is_fixed
    }


def choose(person: User, choices: Mapping[str, str]) -> None:
    for kind, choice in choices.items():
        Preference.objects.update_or_create(
            person=person, kind=kind, defaults={"choice": possible(kind, Choice(choice))}
        )


def unsubscribe(person: User, kind: str) -> str:
    """End a kind of letter; for the daily letter, all that may be ended of what it gathers.

    Returns the signed word that undoes it; what was off already comes back at once, as after a double click.
    """
    chosen = choices_by_kind(person)
    named = [name for name, choice in chosen.items() if choice == Choice.DIGEST] if kind == "digest" else [kind]
    ended = [name for name in named if name in chosen and kinds.kind_named(name).can_unsubscribe]
    before = {name: Choice.AT_ONCE if chosen[name] == Choice.OFF else chosen[name] for name in ended}
    choose(person, dict.fromkeys(ended, Choice.OFF))
    return signing.dumps([person.pk, kind, before], salt=SALT_OF_UNDO)


def undo(word: str, *, person: User, kind: str) -> bool:
    """Bring back what a link ended; whether the word was one of ours, for this person and this kind."""
    try:
        pk, of, before = signing.loads(word, salt=SALT_OF_UNDO)
    except signing.BadSignature:
        return False
    if (pk, of) != (person.pk, kind):
        return False
    choose(person, before)
    return True


def token_of(person: User, kind: str) -> str:
    """The signed word of an unsubscribe link: this person, this kind, nothing else; it does not age."""
    return signing.dumps([person.pk, kind], salt=SALT)


def read_token(token: str) -> tuple[User, str] | None:
    """Whom and which kind an unsubscribe link means; None if it is not one of ours."""
    try:
        pk, kind = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=pk).first()
    return (person, kind) if person and kind in kinds.all_kinds() else None
