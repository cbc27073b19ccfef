"""Who sits in a team, as classmates and as staff read it."""

import pytest
from django.urls import reverse

from accounts.models import User
from courses.models import Enrollment
from portal.testing import Cast, client_of
from presentations.tests import world

pytestmark = pytest.mark.django_db


def pages(cast: Cast, who: Enrollment, team: object) -> list[str]:
    """The page of all teams, and the page of one."""
    names = [("teams", []), ("team", [team.pk])]
    return [client_of(who).get(reverse(n, args=[cast.course.slug, *args])).content.decode() for n, args in names]


def test_only_staff_read_who_dropped_the_course(cast: Cast):
    team = world.released(cast)[0]
    gone, stays = world.member(team), world.member(team, 2)
    User.objects.filter(pk=gone.user_id).update(name="Odo Elsewhere")
    Enrollment.objects.filter(pk=gone.pk).update(dropped_at=world.BEFORE)
    for who in (cast.student, stays):
        for page in pages(cast, who, team):
            assert "dropped" not in page and "Odo" not in page
    for page in pages(cast, cast.assistant, team):
        assert "dropped" in page and "Odo" in page


def test_classmates_read_short_names_and_no_section(cast: Cast):
    team = world.released(cast)[0]
    person = world.member(team)
    by_classmate, by_staff = (pages(cast, who, team)[1] for who in (cast.student, cast.assistant))
    assert person.user.short_name in by_classmate and person.user.name not in by_classmate
    assert person.user.name in by_staff and str(person.section) in by_staff
