"""Who gets the next code, who does not, and what each is told."""

from datetime import timedelta

import pytest

from accounts.errors import DomainError
from credits.domain import desk, grants, past_grants, requests
from credits.errors import VaultError
from credits.models import AuditEvent, CreditCode, CreditRequest, Grant, Handover, Reveal
from credits.queries import ledger, mine
from credits.tests.world import fake_codes, fill, give, make_pool
from mail.models import Message
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db


def states(pool):
    return list(pool.codes.order_by("position").values_list("state", flat=True))


# --- The number of the next code ------------------------------------------------------------------
def test_a_number_that_became_free_is_the_next(cast: Cast):
    pool = make_pool(cast.course, stock=3, per_student=2)
    first, second = (give(pool, cast.student) for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    Grant.objects.filter(pk=first.pk).delete()
    assert give(pool, cast.student).number == 1
    assert states(pool) == ["given"] * 3
    with pytest.raises(DomainError, match="already"):
        give(pool, cast.student)


def test_a_code_that_cannot_be_given_goes_back_to_the_stock(cast: Cast, monkeypatch):
    pool = make_pool(cast.course, stock=0)
    asked = requests.ask(pool, by=cast.student, now=NOON)
    requests.approve(asked, by=cast.assistant.user, now=NOON)
    monkeypatch.setattr(grants, "refuse_ineligible", lambda *_, **__: 1)
    fill(make_pool(cast.course, stock=0, program="Another"), fake_codes(1, start=77))
    CreditCode.objects.update(pool=pool)
    Grant.objects.create(pool=pool, enrollment=cast.student, code=CreditCode.objects.get(), fulfilled_at=NOON)
    fill(pool, fake_codes(1))
    assert states(pool) == ["free", "free"]


def test_a_past_hand_out_takes_the_number_that_is_free(cast: Cast):
    pool = make_pool(cast.course, stock=0, per_student=2)
    fill(pool, fake_codes(3))
    for _ in range(2):
        give(pool, cast.student)
    Grant.objects.filter(number=1).delete()
    row = f"ada.fictive,{fake_codes(3)[2]},2024-04-01T12:00-07:00,email"
    report = past_grants.import_grants(
        cast.course, f"login,code,fulfilled_at,channel\n{row}\n".encode(), by=None, now=NOON
    )
    assert report.problems == [] and set(Grant.objects.values_list("number", flat=True)) == {1, 2}


# --- In the place of a faulty code ----------------------------------------------------------------
def drop(person):
    person.dropped_at = NOON
    person.save()


def test_a_faulty_code_of_who_dropped_takes_no_code_from_those_who_wait(cast: Cast):
    pool = make_pool(cast.course, stock=1)
    grant = give(pool, cast.student)
    asked = requests.ask(pool, by=cast.other_student, now=NOON)
    requests.approve(asked, by=cast.assistant.user, now=NOON)
    assert not requests.replace(grant, by=cast.assistant.user, now=NOON)
    drop(cast.student)
    assert fill(pool, fake_codes(1)).served == 1
    assert states(pool) == ["faulty", "given"]
    assert pool.grants.get(code__state="given").enrollment == cast.other_student


def test_a_code_of_who_dropped_is_marked_and_not_replaced(cast: Cast):
    pool = make_pool(cast.course, stock=2)
    grant = give(pool, cast.student)
    drop(cast.student)
    assert not requests.replace(grant, by=cast.assistant.user, now=NOON)
    assert states(pool) == ["faulty", "free"]


def test_a_sweep_whose_list_grew_old_passes_over_what_another_replaced(cast: Cast, monkeypatch):
    pool = make_pool(cast.course, stock=2)
    given = [give(pool, person) for person in (cast.student, cast.other_student)]
    for grant in given:
        requests.replace(grant, by=cast.assistant.user, now=NOON)
    late = enroll(cast.course, "Ana Late")
    requests.approve(requests.ask(pool, by=late, now=NOON), by=cast.assistant.user, now=NOON)
    old = grants.with_faulty_code(pool, NOON)
    fill(pool, fake_codes(1))  # serves the first of the two
    monkeypatch.setattr(grants, "with_faulty_code", lambda *_: old)
    report = fill(pool, fake_codes(3, start=50))
    assert (report.served, pool.codes.free().count()) == (2, 1)
    assert not CreditRequest.objects.filter(state="waiting").exists()


# --- After the last day ---------------------------------------------------------------------------
@pytest.mark.parametrize("last", ["redeem_by", "expires_on"])
def test_after_the_last_day_no_code_goes_out_by_any_way(cast: Cast, last):
    pool = make_pool(cast.course, stock=3, per_student=2, approves_by_rule=True, **{last: NOON.date()})
    late = enroll(cast.course, "Ana Late")
    grant = give(pool, cast.student)
    asked = CreditRequest.objects.create(pool=pool, enrollment=cast.student, asked_at=NOON)
    pin = desk.start(pool, cast.other_student, by=cast.assistant.user, channel="class", now=NOON)
    too_late = NOON + timedelta(hours=12)
    ways = [
        lambda: give(pool, late, now=too_late),
        lambda: requests.ask(pool, by=late, now=too_late),
        lambda: requests.approve(asked, by=cast.assistant.user, now=too_late),
        lambda: desk.start(pool, late, by=cast.assistant.user, channel="class", now=too_late),
        lambda: desk.take(pool, by=cast.other_student, digits=pin.digits, now=too_late),
    ]
    Handover.objects.update(expires_at=too_late + timedelta(minutes=1))
    for way in ways:
        with pytest.raises(DomainError, match="last day"):
            way()
    assert not requests.replace(grant, by=cast.assistant.user, now=too_late)
    assert requests.serve_waiting(pool, now=too_late) == 0
    assert states(pool) == ["faulty", "free", "free"]
    assert not mine.pools_of(late, now=too_late)[0].may_ask and mine.pools_of(late, now=NOON)[0].may_ask


# --- Requests -------------------------------------------------------------------------------------
def approved(pool, person):
    request = requests.ask(pool, by=person, now=NOON)
    requests.approve(request, by=person.course.enrollments.staff()[0].user, now=NOON)
    return request


def take_at_the_desk(pool, person, channel="zoom", now=NOON):
    staff = pool.course.enrollments.staff()[0].user
    pin = desk.start(pool, person, by=staff, channel=channel, now=now)
    return desk.take(pool, by=person, digits=pin.digits, now=now)[0]


def test_a_first_code_collected_at_the_desk_leaves_the_second_request_open(cast: Cast):
    pool = make_pool(cast.course, stock=3, per_student=2)
    approved(pool, cast.student)
    second = requests.ask(pool, by=cast.student, now=NOON)
    take_at_the_desk(pool, cast.student)
    second.refresh_from_db()
    assert second.state == "asked" and pool.grants.count() == 1
    take_at_the_desk(pool, cast.student)
    second.refresh_from_db()
    assert second.state == "served" and pool.grants.count() == 2
    assert AuditEvent.objects.filter(kind="request served otherwise", enrollment_id=cast.student.pk).count() == 1


def test_a_code_collected_at_the_desk_stays_given_where_it_was_given(cast: Cast):
    pool = make_pool(cast.course, stock=2)
    approved(pool, cast.student)
    assert take_at_the_desk(pool, cast.student).pk == take_at_the_desk(pool, cast.other_student).pk - 1
    assert list(pool.grants.values_list("channel", flat=True)) == ["portal", "zoom"]
    assert list(Reveal.objects.values_list("channel", flat=True)) == ["zoom", "zoom"]


def test_a_past_hand_out_serves_what_the_student_asked_for(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    fill(pool, fake_codes(2))
    asked = requests.ask(pool, by=cast.student, now=NOON)
    row = f"ada.fictive,{fake_codes(1)[0]},2024-04-01T12:00-07:00,email"
    content = f"login,code,fulfilled_at,channel\n{row}\n".encode()
    assert past_grants.import_grants(cast.course, content, by=None, now=NOON).added == 1
    asked.refresh_from_db()
    assert (asked.state, asked.closed_at) == ("served", NOON)


def test_of_many_each_refusal_is_told_with_its_reason(cast: Cast):
    pool = make_pool(cast.course, stock=1)
    asked = [requests.ask(pool, by=person, now=NOON) for person in (cast.student, cast.other_student)]
    drop(cast.student)
    done = requests.approve_many(asked, by=cast.assistant.user, now=NOON)
    assert (done.given, done.waiting) == (1, 0)
    [(request, why)] = done.refused
    assert request == asked[0] and "active students" in why


def test_without_a_key_nobody_is_approved_and_nobody_declined(cast: Cast, settings):
    pool = make_pool(cast.course, stock=0)
    waiting, asked = approved(pool, cast.student), requests.ask(pool, by=cast.other_student, now=NOON)
    settings.CREDIT_KEYS = settings.CREDIT_INDEX_KEY = "garbage"
    with pytest.raises(VaultError):
        requests.approve_many([asked], by=cast.assistant.user, now=NOON)
    assert [CreditRequest.objects.get(pk=request.pk).state for request in (waiting, asked)] == ["waiting", "asked"]


def letters_to(person):
    return list(Message.objects.filter(kind="credit", recipient=person.user).order_by("pk"))


def test_who_waits_and_may_have_none_any_more_is_told_why(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    request = approved(pool, cast.student)
    pool.sections.set([cast.course.sections.get(position=1)])
    fill(pool, fake_codes(1))
    request.refresh_from_db()
    assert request.state == "declined"
    assert request.reason in letters_to(cast.student)[-1].text and len(letters_to(cast.student)) == 2


def test_each_time_a_code_is_opened_again_its_student_is_told(cast: Cast):
    pool = make_pool(cast.course, stock=1)
    grant = give(pool, cast.student)
    for times in (1, 2):
        grants.reveal(grant, by=cast.student, now=NOON)
        grants.reopen(grant, by=cast.assistant.user, now=NOON)
        assert len(letters_to(cast.student)) == times
    assert letters_to(cast.student)[0].subject.endswith("code is ready")


def test_a_decline_stands_on_the_page_until_a_code_comes_by_any_way(cast: Cast):
    pool = make_pool(cast.course, stock=2)

    def shown():
        request = mine.pools_of(cast.student, now=NOON)[0].request
        return request.state if request else None

    asked = requests.ask(pool, by=cast.student, now=NOON)
    requests.decline(asked, by=cast.assistant.user, reason="Too early.", now=NOON)
    assert shown() == "declined"
    again = requests.ask(pool, by=cast.student, now=NOON + timedelta(minutes=1))
    assert shown() == "asked"
    requests.decline(again, by=cast.assistant.user, reason="Too early.", now=NOON + timedelta(minutes=2))
    take_at_the_desk(pool, cast.student, now=NOON + timedelta(minutes=3))
    assert shown() is None


def test_an_earlier_decline_is_not_shown_beside_the_code_that_was_asked_for_since(cast: Cast):
    pool = make_pool(cast.course)
    asked = requests.ask(pool, by=cast.student, now=NOON)
    requests.decline(asked, by=cast.assistant.user, reason="Too early.", now=NOON)
    approved(pool, cast.student)
    [own] = mine.pools_of(cast.student, now=NOON)
    assert own.request is None and len(own.ready) == 1


def test_who_dropped_counts_on_no_waiting_list(cast: Cast):
    pool = make_pool(cast.course, stock=0)
    for person in (cast.student, cast.other_student):
        approved(pool, person)
    before = NOON + timedelta(minutes=1)
    assert [mine.pools_of(person, now=NOON)[0].place for person in (cast.student, cast.other_student)] == [1, 2]
    cast.student.dropped_at = NOON + timedelta(minutes=2)
    cast.student.save()
    assert mine.pools_of(cast.other_student, now=NOON)[0].place == 1
    assert [ledger.as_of(cast.course, before + timedelta(minutes=n)).waiting for n in (0, 1)] == [2, 1]
    assert [request.enrollment for request in pool.requests.waiting()] == [cast.other_student]
    cast.student.dropped_at = None
    cast.student.save()
    assert mine.pools_of(cast.student, now=NOON)[0].place == 1
