"""kill -9 between the claim and the answer: the code is never shown twice, and re-opening works."""

import os
import signal
from multiprocessing import get_context

import pytest
from django.db import connections

from accounts.errors import DomainError
from credits.domain import audit, grants
from credits.models import AuditEvent, Grant, Reveal
from credits.tests.world import give, make_pool
from portal.testing import NOON, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]


def dies(at, grant_pk):
    """One process: reveal, and die by SIGKILL before (`log`) or after (`answer`) the transaction is committed."""
    connections.close_all()
    grant = Grant.objects.get(pk=grant_pk)
    if at == "log":
        audit.note = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    grants.reveal(grant, by=grant.enrollment, now=NOON)
    os.kill(os.getpid(), signal.SIGKILL)


def killed(at, grant):
    connections.close_all()
    worker = get_context("fork").Process(target=dies, args=(at, grant.pk))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    grant.refresh_from_db()


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def test_killed_after_the_claim_it_is_not_shown_again_until_staff_re_open_it(cast):
    grant = give(make_pool(cast.course), cast.student)
    killed("answer", grant)
    assert not grant.is_open and AuditEvent.objects.filter(kind="code shown").count() == 1
    with pytest.raises(DomainError, match="once only"):
        grants.reveal(grant, by=cast.student, now=NOON)
    grants.reopen(grant, by=cast.assistant.user, now=NOON)
    grant.refresh_from_db()
    assert grants.reveal(grant, by=cast.student, now=NOON).show().startswith("FAKE-Code-")
    assert Reveal.objects.count() == 2 and audit.verify(cast.course.pk).broken == ""


def test_killed_before_the_log_is_written_nothing_has_happened(cast):
    grant = give(make_pool(cast.course), cast.student)
    killed("log", grant)
    assert grant.is_open and not Reveal.objects.exists()
    assert grants.reveal(grant, by=cast.student, now=NOON).show().startswith("FAKE-Code-")
    assert audit.verify(cast.course.pk).broken == ""
