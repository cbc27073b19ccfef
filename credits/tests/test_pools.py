"""The settings of a pool are money: each change is logged, and two tabs do not overwrite each other."""

import re

import pytest

from credits.models import AuditEvent, CreditPool
from credits.tests.browsing import kinds
from credits.tests.world import make_pool
from portal.testing import Cast, client_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
FORM = {"program": "Invented credits", "per_student": 1, "low_stock": 5}


@pytest.fixture
def pool(cast: Cast):
    pool = make_pool(cast.course)
    pool.sections.clear()
    return pool


def save(cast: Cast, pool, **fields):
    where = url("credit_pool", cast.course, pk=pool.pk) if pool else url("credit_pool_new", cast.course)
    return client_of(cast.instructor).post(where, FORM | fields)


def test_what_changes_stands_in_the_log_with_before_and_after(cast: Cast, pool):
    save(cast, pool, per_student=50, approves_by_rule="on", note="Ask early")
    event = AuditEvent.objects.last()
    assert (event.kind, event.actor_id, event.pool_id) == ("pool changed", cast.instructor.user_id, pool.pk)
    assert event.note == "per student 1 → 50; approves by rule False → True"
    before = kinds()
    save(cast, pool, per_student=50, approves_by_rule="on", note="Ask early")
    assert kinds() == before  # nothing changed


def test_a_new_pool_stands_in_the_log(cast: Cast):
    assert save(cast, None, program="Other credits").status_code == 302
    assert AuditEvent.objects.last().kind == "pool made" and "Other credits" in AuditEvent.objects.last().note


def version_on(page) -> str:
    return re.search(r'name="version" value="(\w+)"', page.content.decode())[1]


def test_of_two_tabs_the_second_is_told_what_the_first_changed(cast: Cast, pool):
    seen = version_on(client_of(cast.instructor).get(url("credit_pool", cast.course, pk=pool.pk)))
    assert save(cast, pool, version=seen, redeem_by="2024-05-01").status_code == 302
    page = save(cast, pool, version=seen, per_student=2)
    words = page.content.decode()
    assert page.status_code == 422 and "nothing was saved" in words and "redeem by 2024-05-01" in words
    stored = CreditPool.objects.get()
    assert (stored.per_student, str(stored.redeem_by)) == (1, "2024-05-01") and kinds()[-1] == "refused"
    assert save(cast, pool, version=version_on(page), per_student=2).status_code == 302
    stored.refresh_from_db()
    assert (stored.per_student, stored.redeem_by) == (2, None)
