"""Letters about codes: once each, and none holds a code."""

from datetime import timedelta

import pytest

from credits import tasks
from credits.domain import audit, grants, letters
from credits.models import AuditHead
from credits.tests.world import fake_codes, fill, give, make_pool
from mail.models import Message
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db


def messages(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def test_low_stock_is_told_to_staff_once_until_new_codes_arrive(cast: Cast):
    pool = make_pool(cast.course, stock=2, low_stock=1)
    assert letters.post_low_stock(NOON) == 0
    give(pool, cast.student)
    assert [letters.post_low_stock(NOON), letters.post_low_stock(NOON)] == [2, 0]
    assert {letter.recipient for letter in messages("credit_stock")} == {cast.instructor.user, cast.assistant.user}
    assert "1 code left" in messages("credit_stock")[0].text
    fill(pool, fake_codes(1))
    later = NOON + timedelta(hours=1)
    assert letters.post_low_stock(later) == 0
    give(pool, cast.other_student)
    assert letters.post_low_stock(later) == 2


def test_an_empty_new_pool_is_no_low_stock(cast: Cast):
    make_pool(cast.course, stock=0)
    assert letters.post_low_stock(NOON) == 0


def hand_out_before(pool, person):
    """A code that someone has for longer than any reminder reaches back."""
    return give(pool, person, now=NOON - timedelta(days=40))


@pytest.mark.parametrize(("days", "posted"), [(31, 0), (30, 1), (29, 1), (7, 1), (1, 1), (0, 1), (-1, 0)])
def test_holders_are_reminded_before_their_credit_expires(cast: Cast, days, posted):
    pool = make_pool(cast.course, expires_on=NOON.date() + timedelta(days=days))
    hand_out_before(pool, cast.student)
    assert [letters.remind_of_expiry(NOON), letters.remind_of_expiry(NOON)] == [posted, 0]


def test_each_of_30_7_and_1_days_before_is_one_letter(cast: Cast):
    pool = make_pool(cast.course, expires_on=NOON.date() + timedelta(days=40))
    give(pool, cast.student)
    days = [day for day in range(45) if letters.remind_of_expiry(NOON + timedelta(days=day))]
    assert days == [10, 33, 39]


def test_the_last_day_to_redeem_is_told_to_those_who_have_not_collected(cast: Cast):
    pool = make_pool(cast.course, redeem_by=NOON.date() + timedelta(days=7))
    grants.reveal(hand_out_before(pool, cast.student), by=cast.student, now=NOON)
    hand_out_before(pool, cast.other_student)
    assert letters.remind_of_expiry(NOON) == 1
    assert messages("credit_expiry")[0].recipient == cast.other_student.user


def test_who_got_a_code_since_is_reminded_by_the_next_reminder_only(cast: Cast):
    days = timedelta(days=20)
    pool = make_pool(cast.course, redeem_by=NOON.date() + days, expires_on=NOON.date() + days)
    give(pool, cast.student)
    posted = [letters.remind_of_expiry(NOON + timedelta(minutes=5, days=day)) for day in (0, 12, 13, 18, 19)]
    assert posted == [0, 0, 2, 0, 2]


def test_the_head_of_the_log_goes_to_staff_each_evening_it_grew(cast: Cast):
    make_pool(cast.course)
    evening = NOON + timedelta(hours=6)  # 18:00
    assert [letters.post_log_heads(evening - timedelta(minutes=1)), letters.post_log_heads(evening)] == [0, 2]
    head = AuditHead.objects.get()
    assert audit.head_words(head.seq, head.mac) in messages("credit_log")[0].text
    assert letters.post_log_heads(evening + timedelta(days=1)) == 0
    audit.note(cast.course.pk, "x", now=evening)
    assert letters.post_log_heads(evening + timedelta(days=1)) == 2


def test_what_happens_after_the_evenings_letter_is_in_that_of_the_next_evening(cast: Cast):
    pool = make_pool(cast.course)
    evening = NOON + timedelta(hours=6)
    letters.post_log_heads(evening)
    old_head = AuditHead.objects.get()
    give(pool, cast.student, now=evening + timedelta(hours=1))
    assert [letters.post_log_heads(evening + timedelta(hours=hours)) for hours in (2, 23, 24, 25)] == [0, 0, 2, 0]
    head = AuditHead.objects.get()
    assert (head.told_seq, head.told_mac) == (old_head.seq + 1, head.mac)
    assert "1 new event " in messages("credit_log")[-1].text and head.mac[:32] in messages("credit_log")[-1].text


def test_a_log_rewritten_to_the_length_that_was_told_is_told_as_changed(cast: Cast):
    make_pool(cast.course)
    letters.post_log_heads(NOON + timedelta(hours=6))
    AuditHead.objects.update(mac="f" * 64)
    assert letters.post_log_heads(NOON + timedelta(hours=30)) == 2
    assert "it was changed" in messages("credit_log")[-1].text


def test_the_sweeps_post_all_of_it(cast: Cast):
    pool = make_pool(cast.course, stock=1, low_stock=5)
    assert tasks.tell((NOON + timedelta(hours=21)).isoformat()) == {"credit_letters_posted": 2}
    assert tasks.serve_waiting(NOON.isoformat()) == {"credit_codes_served": 0}
    assert tasks.forget_handovers(NOON.isoformat()) == {"handovers_forgotten": 0} and pool
