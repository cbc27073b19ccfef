"""Addresses in old letters, which named a series and a date, lead to the date's own page; odd ones are not found."""

from datetime import date

import pytest

from officehours.models import FormerAddress, HoursSeries
from officehours.models.hours import monday
from officehours.tests.factories import APRIL_16, address, change, make_hours, on
from portal.testing import Cast, client_of, enroll, make_course

pytestmark = pytest.mark.django_db
HOME = "/c/cs101-s24/office-hours/"


@pytest.fixture
def hours(cast: Cast) -> HoursSeries:
    """Series that had the number 77 before its dates were rows."""
    made = make_hours(cast)
    FormerAddress.objects.bulk_create(
        FormerAddress(series_number=77, monday=monday(row.on), hours=row) for row in made.dates.all()
    )
    return made


@pytest.mark.parametrize("page", ["", "queue", "change", "cancel"])
def test_a_former_address_leads_to_its_date(cast: Cast, hours: HoursSeries, page: str):
    answer = client_of(cast.instructor).get(f"{HOME}77/2024-04-16/{page}", follow=True)
    assert answer.redirect_chain == [(f"{address(hours)}{page}", 302)] and answer.status_code == 200


def test_it_leads_there_also_when_the_date_was_moved_since(cast: Cast, hours: HoursSeries):
    change(hours, date=date(2024, 4, 18))
    answer = client_of(cast.student).get(f"{HOME}77/2024-04-16/", follow=True)
    assert "Thursday, April 18" in answer.content.decode()


def test_another_course_another_week_or_number_is_not_found(cast: Cast, hours: HoursSeries):
    elsewhere = enroll(make_course("cs102-s24"), "Di Elsewhere")
    assert client_of(elsewhere).get("/c/cs102-s24/office-hours/77/2024-04-16/").status_code == 404
    student = client_of(cast.student)
    for former in ("77/2024-03-26", "78/2024-04-16", f"{'9' * 19}/2024-04-16"):
        assert student.get(f"{HOME}{former}/").status_code == 404


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30])
def test_numbers_that_no_date_has_are_not_found(cast: Cast, number: str):
    student, staff = client_of(cast.student), client_of(cast.assistant)
    assert student.get(f"{HOME}{number}/").status_code == student.get(f"{HOME}{number}/queue").status_code == 404
    assert student.post(f"{HOME}{number}/book").status_code == 404
    assert staff.get(f"{HOME}{number}/change").status_code == 404


def test_a_date_of_another_course_is_not_found(cast: Cast, hours: HoursSeries):
    elsewhere = enroll(make_course("cs102-s24"), "Di Elsewhere")
    theirs = f"/c/cs102-s24/office-hours/{on(hours, APRIL_16).pk}/"
    assert client_of(elsewhere).get(theirs).status_code == 404
