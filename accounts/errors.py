"""The one error of the portal's rules."""


class RuleBroken(Exception):  # noqa: N818 - "a rule said no" is what it is called in this house
    """A rule of the course said no; its text is the sentence that the person reads."""

    @property
    def sentence(self) -> str:
        """What happened, what was kept and what to do next, in plain words."""
        return str(self)
