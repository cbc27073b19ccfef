"""The connection to the mail server, and what its refusals mean."""

import smtplib
from types import TracebackType
from typing import Any, Self

from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail import EmailMessage, get_connection

LETTERS_A_CONNECTION = 50  # mail servers hang up on those who send more


class Carrier:
    """One connection to the mail server, opened at the first letter and kept for a whole sweep."""

    def __init__(self) -> None:
        self.is_down = False  # it could not be opened at all
        self._server: Any = None
        self._carried = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, letter: EmailMessage) -> None:
        """Hand one letter over; raises whatever the mail server says against it."""
        if self._server is None:
            self._open()
        try:
            self._server.send_messages([letter])
        except Exception:
            self._hang_up()
            raise
        self._carried += 1
        if self._carried >= LETTERS_A_CONNECTION:
            self._hang_up()

    def _open(self) -> None:
        server = get_connection()
        try:
            server.open()
        except Exception:
            self.is_down = True
            raise
        self._server, self._carried = server, 0

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def is_final(error: Exception) -> bool:
    """Whether another try would be refused just the same: the server knows no such recipient."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, AnymailRecipientsRefused)


def reason(error: Exception) -> str:
    """What went wrong, in words that hold neither an address nor a line of the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"the mail server refused the address ({', '.join(map(str, codes))})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server said no ({error.smtp_code})"
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return f"the mail server did not answer ({type(error).__name__})"
    return f"the letter could not be sent ({type(error).__name__})"
