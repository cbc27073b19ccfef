"""What kinds of letters there are: higher apps register theirs."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.domain.registry import Registry
from mail.models import Preference

Choice = Preference.Choice


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter: what the preferences page calls it, why one gets it, and what it may wait for."""

    label: str
    why: str  # the footer's first sentence: "You get this because …"
    must_know: bool = False  # cannot be switched off, and does not wait for the morning
    hurries: bool = False  # of what is close: then it comes at once, whatever one chose (`is_urgent`)
    can_wait: bool = True  # False: of no use in tomorrow's digest
    is_fixed: bool = False  # no preference, no quiet hours: a sign-in code, the digest itself
    is_secret: bool = False  # its words are erased once it is sent, or too old
    hides_recipients: bool = False  # staff see how many there are, never to whom

    @property
    def choices(self) -> list[Choice]:
        """How a person may want this kind."""
        off = [] if self.must_know else [Choice.OFF]
        return [Choice.AT_ONCE, *([Choice.DIGEST] if self.can_wait else []), *off]

    @property
    def can_unsubscribe(self) -> bool:
        """Whether one click in the letter ends this kind."""
        return not (self.must_know or self.is_secret)


registry: Registry[Mapping[str, LetterKind]] = Registry("kinds of letters")


def all_kinds() -> dict[str, LetterKind]:
    return {name: kind for kinds in registry for name, kind in kinds.items()}


GONE = LetterKind(
    "Other letters", "You get this because of a part of the portal that is left out by now.", is_fixed=True
)


def kind_named(name: str) -> LetterKind:
    """The kind of this name; letters of an app that was left out since have one too."""
    return all_kinds().get(name, GONE)


def names(flag: str) -> list[str]:
    """The kinds with a flag set: `names("is_secret")`."""
    return [name for name, kind in all_kinds().items() if getattr(kind, flag)]
