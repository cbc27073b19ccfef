"""Codes handed out by the web server as it is shipped, to 24 client processes at once, over HTTP."""

import os
import re
import time

import pytest
from django.conf import settings
from django.urls import reverse

from credits.domain import audit, vault
from credits.models import AuditEvent, CreditRequest, Grant, Reveal
from credits.tests.world import enroll_many, fake_codes, fill, give, make_pool
from portal.testing import make_cast
from portal.tests.shipped import Shipped, programs, shipped

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
CODE = re.compile(r"FAKE-Code-\d{4}")
PROCESSES = 24
rounds = pytest.mark.parametrize("round_", range(20 if os.environ.get("LONG") else 1))


@pytest.fixture(scope="module")
def given_keys():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "CREDIT_KEYS", f"first:{vault.new_key()}", raising=False)
        patch.setattr(settings, "CREDIT_INDEX_KEY", vault.new_key(), raising=False)
        yield


@pytest.fixture(scope="module")
def server(given_keys, django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), shipped(tmp_path_factory.mktemp("shipped")) as running:
        yield running


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def url(name, course, pk):
    return reverse(name, kwargs={"course_slug": course.slug, "pk": pk})


def assert_quiet(server: Shipped):
    log = server.log.read_text()
    assert "Traceback" not in log and '"level": "error"' not in log, log[-3000:]
    assert server.process.poll() is None


@rounds
def test_69_students_in_24_processes_on_62_codes(cast, server: Shipped, round_):
    people = [cast.student, cast.other_student, *enroll_many(cast.course, 67)]
    pool = make_pool(cast.course, stock=0, approves_by_rule=True)
    fill(pool, fake_codes(62))
    where = url("credit_ask", cast.course, pool.pk)
    asks = [server.ask(person, where) for person in people]
    answers = server.at_once([asks[n::PROCESSES] for n in range(PROCESSES)])

    assert [answer.status for answer in answers] == [302] * 69
    given = list(Grant.objects.values_list("code", "enrollment"))
    assert len(given) == len({code for code, _ in given}) == len({person for _, person in given}) == 62
    assert pool.requests.waiting().count() == 7 and not pool.codes.free().exists()
    assert AuditEvent.objects.filter(kind="code given").count() == 62
    assert audit.verify(cast.course.pk).broken == ""
    assert_quiet(server)

    fill(pool, fake_codes(5, start=500))
    assert Grant.objects.count() == 67 and pool.requests.waiting().count() == 2


@rounds
def test_the_same_student_24_times_at_once_gets_one_code(cast, server: Shipped, round_):
    pool = make_pool(cast.course, stock=30, approves_by_rule=True)
    ask = server.ask(cast.student, url("credit_ask", cast.course, pool.pk))
    answers = server.at_once([[ask]] * PROCESSES)
    assert {answer.status for answer in answers} == {302}
    assert Grant.objects.count() == CreditRequest.objects.count() == 1 and pool.codes.free().count() == 29
    assert_quiet(server)


@rounds
def test_24_reveals_of_one_grant_are_one_plain_text_and_one_row(cast, server: Shipped, round_):
    grant = give(make_pool(cast.course), cast.student)
    ask = server.ask(cast.student, url("credit_reveal", cast.course, grant.pk), signed_in=time.time())
    answers = server.at_once([[ask]] * PROCESSES)
    assert sorted(answer.status for answer in answers) == [200] + [302] * (PROCESSES - 1)
    assert [len(set(CODE.findall(answer.body))) for answer in answers].count(1) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store, no-transform, private"}
    assert not any("content-encoding" in answer.headers for answer in answers)
    assert AuditEvent.objects.filter(kind="code shown").count() == Reveal.objects.count() == 1
    assert AuditEvent.objects.filter(kind="refused").count() == PROCESSES - 1
    assert audit.verify(cast.course.pk).broken == ""
    assert_quiet(server)


def test_the_image_starts_the_same_workers_and_threads():
    image = (settings.BASE_DIR / "Dockerfile").read_text()
    words = programs(8000)["web server"]
    for flag in ("--workers", "--blocking-threads", "--interface"):
        assert f'"{flag}", "{words[words.index(flag) + 1]}"' in image
