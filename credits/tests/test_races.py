"""Many at once, in threads: no code twice, nobody two codes, one reveal. Over HTTP: portal/tests."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from threading import Barrier

import pytest
from django.db import connections

from accounts.errors import DomainError
from accounts.models import User
from credits.domain import audit, codes, desk, grants, requests, vault
from credits.domain.vault import Secret
from credits.models import AuditEvent, CreditCode, CreditRequest, Grant, Reveal
from credits.tests.world import enroll_many, fake_codes, fill, give, make_pool
from portal.testing import NOON, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
rounds = pytest.mark.parametrize("round_", range(20 if os.environ.get("LONG") else 2))
PROCESSES = 24


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def at_once(*calls):
    """Call all of these in threads that start together, each with a connection of its own; errors are results."""
    together = Barrier(len(calls))

    def run(call):
        together.wait()
        try:
            return call()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@rounds
def test_the_same_student_24_times_at_once_gets_one_code(cast, round_):
    pool = make_pool(cast.course, stock=30, approves_by_rule=True)
    results = at_once(*[lambda: requests.ask(pool, by=cast.student, now=NOON)] * PROCESSES)
    assert Grant.objects.count() == CreditRequest.objects.count() == 1
    assert {type(result) for result in results} <= {CreditRequest, DomainError}
    assert pool.codes.free().count() == 29

    results = at_once(*[lambda: give(pool, cast.other_student)] * PROCESSES)
    assert [type(result) for result in results].count(Grant) == 1 and Grant.objects.count() == 2


@rounds
def test_24_reveals_of_one_grant_at_once_are_one_plain_text_and_one_row(cast, round_):
    grant = give(make_pool(cast.course), cast.student)
    results = at_once(*[lambda: grants.reveal(Grant.objects.get(pk=grant.pk), by=cast.student, now=NOON)] * PROCESSES)
    shown = [result for result in results if isinstance(result, Secret)]
    assert len(shown) == 1 and shown[0].show().startswith("FAKE-Code-")
    assert AuditEvent.objects.filter(kind="code shown").count() == Reveal.objects.count() == 1
    assert AuditEvent.objects.filter(kind="refused").count() == PROCESSES - 1
    assert audit.verify(cast.course.pk).broken == ""


@rounds
def test_two_that_approve_the_same_request_and_a_desk_give_one_code(cast, round_):
    pool = make_pool(cast.course, stock=5)
    request = requests.ask(pool, by=cast.student, now=NOON)
    pin = desk.start(pool, cast.student, by=cast.assistant.user, channel="class", now=NOON)
    by = User.objects.get(pk=cast.instructor.user_id)
    at_once(
        *[lambda: requests.approve(request, by=by, now=NOON)] * 6,
        *[lambda: desk.take(pool, by=cast.student, digits=pin.digits, now=NOON)] * 6,
    )
    assert Grant.objects.count() == 1 and Reveal.objects.count() == 1
    assert CreditRequest.objects.get().state == "served"


@rounds
def test_two_imports_of_one_list_at_once_add_it_once(cast, round_):
    pool = make_pool(cast.course, stock=0)
    content = "\n".join(fake_codes(40)).encode()
    at_once(*[lambda: codes.import_codes(pool, content, by=None, now=NOON)] * 6)
    assert CreditCode.objects.count() == 40
    assert sorted(pool.codes.values_list("position", flat=True)) == list(range(1, 41))


@rounds
def test_rotation_while_claims_and_reveals_run_leaves_all_readable(cast, round_, settings, monkeypatch):
    people = [cast.student, cast.other_student, *enroll_many(cast.course, 20)]
    pool = make_pool(cast.course, stock=0)
    fill(pool, fake_codes(40))
    monkeypatch.setattr(codes, "STEP", 5)
    settings.CREDIT_KEYS = f"second:{vault.new_key()},{settings.CREDIT_KEYS}"

    def collect(person):
        grant = give(pool, person)
        return grants.reveal(grant, by=person, now=NOON)

    results = at_once(
        lambda: codes.rotate_keys(now=NOON), *[lambda person=person: collect(person) for person in people]
    )
    assert sorted(result.show() for result in results[1:]) == fake_codes(22)
    assert codes.codes_by_key() == {"second": 40, "first": 0}
    settings.CREDIT_KEYS = settings.CREDIT_KEYS.partition(",")[0]
    for code in CreditCode.objects.all():
        assert vault.unseal(code.sealed, vault.place_of(code.pk, pool.pk)).show().startswith("FAKE-Code-")


def dies_at(nth: int) -> None:
    """One process: rotate, and die by SIGKILL while sealing this one."""
    connections.close_all()
    seal_anew, calls = codes._seal_anew, []

    def killed(code):
        calls.append(code)
        if len(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return seal_anew(code)

    codes._seal_anew = killed
    codes.rotate_keys(now=NOON)


@pytest.mark.servers
def test_rotation_killed_midway_resumes(cast, settings, monkeypatch):
    pool = make_pool(cast.course, stock=0)
    fill(pool, fake_codes(25))
    settings.CREDIT_KEYS = f"second:{vault.new_key()},{settings.CREDIT_KEYS}"
    monkeypatch.setattr(codes, "STEP", 10)
    connections.close_all()
    worker = get_context("fork").Process(target=dies_at, args=(15,))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert codes.codes_by_key() == {"second": 10, "first": 15}
    assert codes.rotate_keys(now=NOON) == {"rotated": 15, "unreadable": 0}
    assert codes.codes_by_key() == {"second": 25, "first": 0}
    assert audit.verify(cast.course.pk).broken == ""
