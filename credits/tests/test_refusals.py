"""Who is turned away is in the log, and what no page sends is refused in words."""

import pytest

from accounts.errors import DomainError
from credits.domain import audit, codes, grants, requests
from credits.models import AuditEvent
from credits.tests.browsing import recent
from credits.tests.world import give
from portal.testing import NOON, Cast, client_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00", "x"])
def test_the_ledger_of_no_real_year_is_refused(cast: Cast, pool, at):
    page = client_of(cast.assistant).get(url("credit_ledger", cast.course, pk=pool.pk), {"at": at})
    assert page.status_code == 422


@pytest.mark.parametrize("chosen", ["9" * 26, "٣", "-1", "\x00"])
def test_a_request_that_is_none_is_not_approved(cast: Cast, pool, chosen):
    answer = client_of(cast.assistant).post(url("credit_requests", cast.course), {"request": [chosen]}, follow=True)
    assert "Nobody was chosen" in answer.content.decode()


def test_with_keys_that_cannot_be_read_a_stranger_is_turned_away_as_ever(cast: Cast, pool, settings):
    settings.CREDIT_KEYS = "no ring"
    assert client_of(cast.stranger).post(url("credit_ask", cast.course, pk=pool.pk)).status_code == 404


def test_nobody_floods_the_log_with_refusals(cast: Cast, pool, at_noon):
    def refused():
        return AuditEvent.objects.filter(kind="refused", actor_id=cast.stranger.pk)

    browser, where = client_of(cast.stranger), url("credit_ask", cast.course, pk=pool.pk)
    for _ in range(audit.MOST_REFUSALS + 3):
        browser.post(where)
    assert refused().count() == audit.MOST_REFUSALS
    assert refused().last().note.endswith("more of theirs within the hour are not noted")
    client_of(cast.other_student).post(url("credit_reopen", cast.course, pk=1))
    assert AuditEvent.objects.last().actor_id == cast.other_student.user_id
    at_noon.shift(3600)
    browser.post(where)
    assert refused().count() == audit.MOST_REFUSALS + 1 and audit.verify(cast.course.pk).broken == ""


def test_what_a_rule_refuses_leads_to_the_credits_without_a_referrer_too(cast: Cast, pool):
    grant = give(pool, cast.student)
    grants.reveal(grant, by=cast.student, now=NOON)
    answer = recent(cast.student).post(url("credit_reveal", cast.course, pk=grant.pk))
    assert answer.status_code == 302 and answer["Location"] == url("credits", cast.course)


def refused_by(verb) -> str:
    """What the log notes once a verb was refused."""
    before = AuditEvent.objects.count()
    with pytest.raises(DomainError):
        verb()
    (event,) = AuditEvent.objects.order_by("seq")[before:]
    return event.kind


def test_each_verb_of_a_person_that_a_rule_refuses_is_in_the_log(cast: Cast, pool):
    grant, by = give(pool, cast.student), cast.assistant.user
    declined = requests.ask(pool, by=cast.other_student, now=NOON)
    requests.decline(declined, by=by, reason="Too early", now=NOON)
    verbs = [
        lambda: grants.reopen(grant, by=by, now=NOON),
        lambda: grants.report_faulty(grant, by=cast.student, words="It did not work", now=NOON),
        lambda: grants.report_faulty(grant, by=cast.other_student, words="It did not work", now=NOON),
        lambda: requests.decline(declined, by=by, reason="Again", now=NOON),
        lambda: requests.withdraw(declined, by=cast.other_student, now=NOON),
        lambda: codes.import_codes(pool, b"a,b\n1,2", by=by, now=NOON),
    ]
    assert [refused_by(verb) for verb in verbs] == ["refused"] * len(verbs)
