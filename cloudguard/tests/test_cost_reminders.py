"""Reminders of running cost: the arithmetic, the letters and the page on which staff write them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cloudguard import tasks
from cloudguard.domain import cost_reminders, costs
from cloudguard.models import CostReminder
from courses.models import Assignment
from mail.models import Message
from portal.testing import NOON, Cast, client_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def letters():
    return list(Message.objects.filter(kind="running_cost").order_by("pk"))


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
    posted = [cost_reminders.remind(at) for at in (morning - timedelta(minutes=1), morning, morning)]
    assert posted == [0, 2, 0]
    words = letters()[0].text
    assert "0.72 USD a day, 5.04 USD a week, 21.90 USD a month, 262.80 USD a year" in words
    assert "costs 0.03 USD an hour" in words and "twelfth of a year" in words
    assert cost_reminders.remind(NOON + timedelta(days=4)) == 0


def test_without_a_price_nothing_is_reckoned(cast: Cast, tutorial):
    CostReminder.objects.update(usd_per_hour=None)
    cost_reminders.remind(NOON + timedelta(hours=21))
    assert "USD" not in letters()[0].text


def test_an_assignment_not_posted_yet_costs_nobody_a_letter(cast: Cast, tutorial):
    Assignment.objects.update(state="announced")
    assert cost_reminders.remind(NOON + timedelta(hours=21)) == 0


def test_the_task_posts_what_is_due(cast: Cast, tutorial):
    assert tasks.remind((NOON + timedelta(hours=21)).isoformat()) == {"cost_letters_posted": 2}


def test_staff_write_a_reminder_and_its_arithmetic_is_shown(cast: Cast):
    Assignment.objects.create(course=cast.course, name="Tutorial 3", due_at=NOON + timedelta(days=1))
    browser = client_of(cast.assistant)
    typed = {"text": "Stop your machines", "instance": "c5d.large spot", "usd_per_hour": "0.03"}
    typed |= {"priced_on": "2023-11-01", "assignments": ["Tutorial 3"]}
    assert browser.post(url("cost_reminder_new", cast.course), typed).status_code == 302
    reminder = CostReminder.objects.get()
    assert (reminder.priced_on, reminder.assignments) == (date(2023, 11, 1), ["Tutorial 3"])
    for page in (
        client_of(cast.student).get(url("course_home", cast.course)),
        browser.get(url("cost_reminder", cast.course, pk=reminder.pk)),
    ):
        text = page.content.decode()
        for words in (
            "0.03 USD an hour (price of November 1, 2023)",
            "<b>0.72 USD</b> a day",
            "<b>5.04 USD</b> a week",
        ):
            assert words in text
        assert "<b>21.90 USD</b> a month" in text and "<b>262.80 USD</b> a year" in text
    assert "goes out Thu Apr 11, 9:00 am PDT" in text
    assert (
        browser.post(url("cost_reminder", cast.course, pk=reminder.pk), typed | {"text": "Stop them"}).status_code
        == 302
    )
    assert CostReminder.objects.get().text == "Stop them"
    browser.post(url("cost_reminder_delete", cast.course, pk=reminder.pk))
    assert not CostReminder.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": "There already"}, "with these words already"),
        ({"usd_per_hour": "-1"}, "0 or more"),
        ({"priced_on": "2023-11-01", "usd_per_hour": ""}, "Give the price of that day"),
        ({"assignments": ["None of ours"]}, "not one of the available choices"),
    ],
)
def test_a_reminder_that_cannot_be_is_refused_with_all_that_was_typed(cast: Cast, wrong, words):
    cast.course.cost_reminders.create(text="There already")
    page = client_of(cast.assistant).post(url("cost_reminder_new", cast.course), {"text": "Another", **wrong})
    assert page.status_code == 422 and words in page.content.decode() and CostReminder.objects.count() == 1
