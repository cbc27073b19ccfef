"""Letters about codes: once each, and none holds a code."""

from datetime import timedelta
from decimal import Decimal

import pytest

from courses.models import Assignment
from credits import tasks
from credits.domain import audit, cost_letters, costs, grants, news
from credits.models import AuditHead, CostReminder
from credits.tests.world import fake_codes, fill, make_pool
from mail.models import Message
from portal.testing import NOON, Cast

pytestmark = pytest.mark.django_db


def letters(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def test_low_stock_is_told_to_staff_once_until_new_codes_arrive(cast: Cast):
    pool = make_pool(cast.course, stock=2, low_stock=1)
    assert news.tell_low_stock(NOON) == 0
    grants.claim_code(pool, by=cast.student, now=NOON)
    assert [news.tell_low_stock(NOON), news.tell_low_stock(NOON)] == [2, 0]
    assert {letter.recipient for letter in letters("credit_stock")} == {cast.instructor.user, cast.assistant.user}
    assert "1 code left" in letters("credit_stock")[0].text
    fill(pool, fake_codes(1))
    later = NOON + timedelta(hours=1)
    assert news.tell_low_stock(later) == 0
    grants.claim_code(pool, by=cast.other_student, now=NOON)
    assert news.tell_low_stock(later) == 2


def test_an_empty_new_pool_is_no_low_stock(cast: Cast):
    make_pool(cast.course, stock=0)
    assert news.tell_low_stock(NOON) == 0


def hand_out_before(pool, person):
    """A code that someone has for longer than any reminder reaches back."""
    return grants.claim_code(pool, by=person, now=NOON - timedelta(days=40))


@pytest.mark.parametrize(("days", "posted"), [(31, 0), (30, 1), (29, 1), (7, 1), (1, 1), (0, 1), (-1, 0)])
def test_holders_are_reminded_before_their_credit_expires(cast: Cast, days, posted):
    pool = make_pool(cast.course, expires_on=NOON.date() + timedelta(days=days))
    hand_out_before(pool, cast.student)
    assert [news.remind_of_expiry(NOON), news.remind_of_expiry(NOON)] == [posted, 0]


def test_each_of_30_7_and_1_days_before_is_one_letter(cast: Cast):
    pool = make_pool(cast.course, expires_on=NOON.date() + timedelta(days=40))
    grants.claim_code(pool, by=cast.student, now=NOON)
    days = [day for day in range(45) if news.remind_of_expiry(NOON + timedelta(days=day))]
    assert days == [10, 33, 39]


def test_the_last_day_to_redeem_is_told_to_those_who_have_not_collected(cast: Cast):
    pool = make_pool(cast.course, redeem_by=NOON.date() + timedelta(days=7))
    grants.reveal(hand_out_before(pool, cast.student), by=cast.student, now=NOON)
    hand_out_before(pool, cast.other_student)
    assert news.remind_of_expiry(NOON) == 1
    assert letters("credit_expiry")[0].recipient == cast.other_student.user


def test_who_got_a_code_since_is_reminded_by_the_next_reminder_only(cast: Cast):
    days = timedelta(days=20)
    pool = make_pool(cast.course, redeem_by=NOON.date() + days, expires_on=NOON.date() + days)
    grants.claim_code(pool, by=cast.student, now=NOON)
    posted = [news.remind_of_expiry(NOON + timedelta(minutes=5, days=day)) for day in (0, 12, 13, 18, 19)]
    assert posted == [0, 0, 2, 0, 2]


def test_the_head_of_the_log_goes_to_staff_each_evening_it_grew(cast: Cast):
    make_pool(cast.course)
    evening = NOON + timedelta(hours=6)  # 18:00
    assert [news.tell_log_heads(evening - timedelta(minutes=1)), news.tell_log_heads(evening)] == [0, 2]
    head = AuditHead.objects.get()
    assert audit.head_words(head.seq, head.mac) in letters("credit_log")[0].text
    assert news.tell_log_heads(evening + timedelta(days=1)) == 0
    audit.note(cast.course.pk, "x", now=evening)
    assert news.tell_log_heads(evening + timedelta(days=1)) == 2


def test_what_happens_after_the_evenings_letter_is_in_that_of_the_next_evening(cast: Cast):
    pool = make_pool(cast.course)
    evening = NOON + timedelta(hours=6)
    news.tell_log_heads(evening)
    told = AuditHead.objects.get()
    grants.claim_code(pool, by=cast.student, now=evening + timedelta(hours=1))
    assert [news.tell_log_heads(evening + timedelta(hours=hours)) for hours in (2, 23, 24, 25)] == [0, 0, 2, 0]
    head = AuditHead.objects.get()
    assert (head.told_seq, head.told_mac) == (told.seq + 1, head.mac)
    assert "1 new event " in letters("credit_log")[-1].text and head.mac[:32] in letters("credit_log")[-1].text


def test_a_log_rewritten_to_the_length_that_was_told_is_told_as_changed(cast: Cast):
    make_pool(cast.course)
    news.tell_log_heads(NOON + timedelta(hours=6))
    AuditHead.objects.update(mac="f" * 64)
    assert news.tell_log_heads(NOON + timedelta(hours=30)) == 2
    assert "it was changed" in letters("credit_log")[-1].text


def test_three_cents_an_hour():
    cost = costs.cost_of(Decimal("0.03"))
    assert [str(amount) for amount in cost.amounts.values()] == ["0.72", "5.04", "21.90", "262.80"]


@pytest.mark.parametrize(
    ("hour", "day"), [("0.0002", "0.00"), ("0.000208", "0.00"), ("0.000209", "0.01"), ("0.005", "0.12")]
)
def test_amounts_are_rounded_half_up(hour, day):
    assert str(costs.cost_of(Decimal(hour)).amounts["a day"]) == day


@pytest.fixture
def tutorial(cast: Cast):
    CostReminder.objects.create(
        course=cast.course,
        text="Don't forget to terminate all instances",
        instance="c5d.large spot",
        usd_per_hour="0.03",
        assignments=["Tutorial 3"],
    )
    return Assignment.objects.create(course=cast.course, name="Tutorial 3", due_at=NOON)


def test_the_morning_after_an_assignment_is_due_its_cost_is_told_once(cast: Cast, tutorial):
    morning = NOON + timedelta(hours=21)  # 9:00 the next day
    told = [cost_letters.remind(at) for at in (morning - timedelta(minutes=1), morning, morning)]
    assert told == [0, 2, 0]
    words = letters("running_cost")[0].text
    assert "0.72 USD a day, 5.04 USD a week, 21.90 USD a month, 262.80 USD a year" in words
    assert "costs 0.03 USD an hour" in words and "twelfth of a year" in words
    assert cost_letters.remind(NOON + timedelta(days=4)) == 0


def test_without_a_price_nothing_is_reckoned(cast: Cast, tutorial):
    CostReminder.objects.update(usd_per_hour=None)
    cost_letters.remind(NOON + timedelta(hours=21))
    assert "USD" not in letters("running_cost")[0].text


def test_an_assignment_not_posted_yet_costs_nobody_a_letter(cast: Cast, tutorial):
    Assignment.objects.update(state="announced")
    assert cost_letters.remind(NOON + timedelta(hours=21)) == 0


def test_the_sweep_posts_all_of_it(cast: Cast, tutorial):
    pool = make_pool(cast.course, stock=1, low_stock=5)
    assert tasks.tell((NOON + timedelta(hours=21)).isoformat()) == {"credit_letters_posted": 4}
    assert tasks.serve_waiting(NOON.isoformat()) == {"credit_codes_served": 0}
    assert tasks.forget_handovers(NOON.isoformat()) == {"handovers_forgotten": 0} and pool
