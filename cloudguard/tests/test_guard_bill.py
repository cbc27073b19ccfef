"""What running things cost: exact, dated, and never invented."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.errors import DomainError
from cloudguard.domain import costs, prices, running, sweep_letters, sweeps
from cloudguard.models import AccountLink, CostReminder, Finding, RunningPrice
from cloudguard.queries.guard import counts_of
from cloudguard.tests.cloud import linked
from mail.models import Message
from portal.testing import NOON, Cast, enroll

pytestmark = pytest.mark.django_db
SPANS = ["a day", "a week", "a month", "a year"]


@pytest.fixture
def link(cast: Cast):
    link = AccountLink.objects.create(
        enrollment=cast.student,
        external_id="portal-x",
        role_arn="arn:aws:iam::111122223333:role/x",
        state="linked",
        consented_at=NOON,
        swept_on=NOON.date(),
    )
    return AccountLink.objects.select_related("enrollment__course", "enrollment__user").get(pk=link.pk)


def found(link, kind="instance", size="c5d.large", region="us-east-1", amount=1, **fields):
    number = Finding.objects.count()
    fields = {"since": NOON - timedelta(days=400), "first_seen_at": NOON, "seen_on": NOON.date(), **fields}
    return Finding.objects.create(
        link=link, kind=kind, size=size, region=region, amount=Decimal(amount), resource_id=f"thing-{number}", **fields
    )


def price(course, usd, kind="instance", size="c5d.large", region="", on=date(2024, 4, 1)):
    return RunningPrice.objects.create(
        course=course, kind=kind, size=size, region=region, usd=Decimal(usd), priced_on=on
    )


def amounts(bill):
    return [str(bill.amounts[span]) for span in SPANS] if bill.amounts else []


def test_an_hours_price_comes_to_the_figures_of_the_course(link, cast: Cast):
    found(link, size="c5d.large spot")
    price(cast.course, "0.03", size="C5D.Large  spot".replace("  ", " "))
    (line,) = running.awake(link, NOON.date()).lines
    assert amounts(line) == ["0.72", "5.04", "21.90", "262.80"]
    assert (line.price.words, line.price.on) == ("0.03 USD an hour", date(2024, 4, 1))


def test_a_disk_is_reckoned_by_gigabyte_and_month_without_a_rounding_error(link, cast: Cast):
    found(link, "volume", "gp3", amount=100)
    price(cast.course, "0.08", "volume", "gp3")
    (line,) = running.awake(link, NOON.date()).lines
    assert amounts(line) == ["0.26", "1.84", "8.00", "96.00"]
    assert line.price.words == "0.08 USD a GB and month"
    assert str(costs.amounts_of(costs.an_hour(Decimal("0.005"), is_by_month=True))["a month"]) == "0.01"  # half up


def test_several_machines_of_an_endpoint_cost_several_times(link, cast: Cast):
    found(link, "endpoint", "ml.t2.medium", amount=2)
    price(cast.course, "0.05", "endpoint", "ml.t2.medium")
    bill = running.awake(link, NOON.date())
    assert amounts(bill)[0] == "2.40" and bill.lines[0].label == "SageMaker endpoint, ml.t2.medium, 2 machines"


def test_without_a_price_nothing_is_reckoned_and_the_sum_says_at_least(link, cast: Cast):
    found(link)
    bill = running.awake(link, NOON.date())
    assert (bill.amounts, bill.unpriced, bill.lines[0].amounts) == ({}, 1, {})
    found(link, size="t3.micro")
    price(cast.course, "0.5", size="t3.micro")
    bill = running.awake(link, NOON.date())
    assert (amounts(bill)[0], bill.unpriced, bill.lead) == ("12.00", 1, "at least ")
    price(cast.course, "0")
    bill = running.awake(link, NOON.date())
    assert (amounts(bill)[0], bill.unpriced, bill.lead) == ("12.00", 0, "")  # free is a price too


def test_the_sum_is_made_before_rounding(link, cast: Cast):
    for _ in range(3):
        found(link)
    price(cast.course, "0.0001")  # a day each 0.0024
    bill = running.awake(link, NOON.date())
    assert [amounts(line)[0] for line in bill.lines] == ["0.00"] * 3 and amounts(bill)[0] == "0.01"


def test_a_price_holds_for_its_own_region_before_one_for_all(link, cast: Cast):
    here, there = found(link), found(link, region="sa-east-1")
    price(cast.course, "1")
    price(cast.course, "2", region="sa-east-1")
    by_thing = {line.finding: line.price.usd for line in running.awake(link, NOON.date()).lines}
    assert by_thing == {here: 1, there: 2}


def test_a_price_of_one_kind_or_region_is_never_taken_for_another(link, cast: Cast):
    found(link)
    price(cast.course, "1", kind="database")
    price(cast.course, "1", region="sa-east-1")
    price(cast.course, "1", size="c5d.large spot")
    assert running.awake(link, NOON.date()).unpriced == 1


def test_a_price_of_the_courses_reminder_counts_dated_by_the_day_it_was_loaded(link, cast: Cast):
    type(cast.course).objects.update(created_at=datetime(2024, 3, 1, 5, tzinfo=UTC))
    link.enrollment.course.refresh_from_db()
    found(link, size="c5d.large spot")
    CostReminder.objects.create(course=cast.course, text="x", instance="c5d.large spot", usd_per_hour=Decimal("0.03"))
    (line,) = running.awake(link, NOON.date()).lines
    assert amounts(line)[3] == "262.80" and line.price.on == date(2024, 2, 29)
    price(cast.course, "0.04", size="c5d.large spot")
    assert running.awake(link, NOON.date()).lines[0].price.usd == Decimal("0.04")


def test_the_letter_says_what_since_when_and_what_it_costs_with_the_prices_date(link, cast: Cast):
    found(link, size="c5d.large spot")
    found(link, "address", "", since=None, is_idle=True)
    found(link, "volume", "gp3", amount=100, is_idle=True)
    price(cast.course, "0.03", size="c5d.large spot")
    price(cast.course, "0.08", "volume", "gp3", on=date(2024, 3, 5))
    assert sweep_letters.tell_running(link, NOON.date(), now=NOON)
    assert not sweep_letters.tell_running(link, NOON.date(), now=NOON)
    letter = Message.objects.get()
    assert letter.subject == "CS 101/501: something runs in your AWS account"
    for words in (
        "EC2 instance, c5d.large spot, us-east-1, since Mar 6, 2023, 11:00 am PST",
        "0.72 USD a day, 5.04 USD a week, 21.90 USD a month, 262.80 USD a year",
        "262.80 USD a year (at 0.03 USD an hour, as of Apr 1, 2024)",
        "EBS volume, gp3, 100 GB, attached to nothing",
        "(at 0.08 USD a GB and month, as of Mar 5, 2024)",
        "Elastic IP address, not in use, us-east-1, first seen Apr 9, 2024, 12:00 pm PDT\n  price unknown",
        "Together at least 0.98 USD a day, 6.88 USD a week, 29.90 USD a month, 358.80 USD a year; 1 of them",
        "/c/cs101-s24/credits/guard/",
    ):
        assert words in letter.text, words
    assert "at least 0.98 USD a day" in letter.html
    assert "thing-" not in letter.text + letter.html and "111122223333" not in letter.text + letter.html


def test_one_thing_has_one_price_and_only_a_thing_that_can_be_found_has_any(cast: Cast):
    price(cast.course, "1")
    again = RunningPrice(course=cast.course, kind="instance", size=" c5d.large ", usd=Decimal(2), priced_on=NOON.date())
    with pytest.raises(DomainError, match="has a price already"):
        prices.save(again)
    again.size = "C5D.large"
    with pytest.raises(DomainError, match="has a price already"):
        prices.save(again)
    assert prices.problem_of("address", "big") and prices.problem_of("instance", "")
    assert not prices.problem_of("address", "") and not prices.problem_of("volume", "gp3")


# --- What staff learn --------------------------------------------------------------------------
def many(course, number, running_in=0):
    for n in range(number):
        link = AccountLink.objects.create(
            enrollment=enroll(course, f"Sam Row{n}"),
            external_id=f"portal-{n}",
            role_arn=f"arn:aws:iam::44440000{n:04}:role/x",
            state="linked",
            consented_at=NOON,
        )
        if n < running_in:
            found(link)
            found(link)


@pytest.mark.parametrize(
    ("linked", "running_in", "words"),
    [
        (0, 0, ("fewer than 5", "fewer than 5")),
        (4, 4, ("fewer than 5", "fewer than 5")),
        (5, 0, ("5", "fewer than 5")),
        (5, 5, ("5", "5 or more")),  # not "5 of 5"
        (12, 5, ("12", "5")),
        (12, 8, ("12", "8 or more")),
        (12, 11, ("12", "8 or more")),
        (12, 12, ("12", "8 or more")),
    ],
)
def test_staff_get_counts_that_point_at_nobody(cast: Cast, linked, running_in, words):
    many(cast.course, linked, running_in)
    counts = counts_of(cast.course)
    assert (counts.linked, counts.running) == words
    assert dict(counts.kinds).get("EC2 instance") == (words[1] if linked >= 5 else None)


def test_the_guards_own_sweep_prices_what_it_finds(cast: Cast, cloud):
    linked(cloud, cast.student)
    cloud.run("c5d.large")
    price(cast.course, "0.03")
    sweeps.sweep_due(NOON, clock=lambda: NOON)
    letter = Message.objects.get(kind="guard")
    assert "0.72 USD a day, 5.04 USD a week, 21.90 USD a month, 262.80 USD a year" in letter.text
    assert "at least" in letter.text and "price unknown" in letter.text  # its disk
