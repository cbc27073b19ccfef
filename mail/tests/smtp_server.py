"""A real mail server on this machine, for tests: it keeps what it accepts, and refuses or stalls when told."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class MailServer:
    letters: list[EmailMessage] = field(default_factory=list)  # accepted ones, in their order
    arrived_at: list[float] = field(default_factory=list)  # time.time() of each
    connections: int = 0
    calls: int = 0  # recipients asked for
    refusals: list[str] = field(default_factory=list)  # answers to the next recipients, each used once
    stall: float = 0.0  # seconds before a recipient is accepted
    port: int = 0

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]):  # noqa: N802
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]):  # noqa: N802
        self.calls += 1
        if self.refusals:
            return self.refusals.pop(0)
        if self.stall:
            await asyncio.sleep(self.stall)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope):  # noqa: N802
        self.arrived_at.append(time.time())
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    @contextmanager
    def running(self) -> Iterator["MailServer"]:
        self.port = self.port or free_port()
        controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        controller.start()
        try:
            yield self
        finally:
            controller.stop(no_assert=True)

    def wait_for(self, count: int, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while len(self.letters) < count and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.letters) >= count, f"{len(self.letters)} of {count} letters after {seconds} s"
