"""Who owes how many reviews: figures of the demo, worked out by hand and by the rule's words."""

from datetime import date, timedelta

import pytest

from portal.testing import Cast, enroll
from presentations.domain import duties, schedule
from presentations.models import Presentation, ReviewAllowance, ReviewRule, Slot
from presentations.queries import my_schedule
from presentations.tests import factories

pytestmark = pytest.mark.django_db


def owed(course):
    found = duties.course_duties(course)
    return found.total, found.by_section(), list(found.by_day().values())


def test_a_day_owes_at_most_the_talks_that_count_and_are_not_ones_own(cast: Cast):
    teams = factories.released(cast)
    second = cast.course.sections.last()
    ReviewRule.objects.update(required_per_day=3)
    found = duties.course_duties(cast.course)
    own = factories.member(teams[0])
    assert [found.owed_by(cast.student, day) for day in found.days] == [1, 1, 1]
    assert [found.owed_by(own, day) for day in found.days] == [0, 1, 1]
    ReviewRule.objects.filter(section=second).update(is_exempt_on_own_day=False)
    assert [duties.course_duties(cast.course).owed_by(own, day) for day in found.days] == [0, 1, 1], (
        "there is no other talk"
    )


def test_talks_that_do_not_count_cancelled_classes_waivers_and_dropped_students_owe_nothing(cast: Cast):
    teams = factories.released(cast)
    everyone = cast.course.enrollments.students().count()
    assert duties.course_duties(cast.course).by_day()[date(2024, 4, 10)] == everyone - 2
    Presentation.objects.filter(team=teams[0]).update(do_reviews_count=False)
    assert duties.course_duties(cast.course).by_day()[date(2024, 4, 10)] == 0
    meeting = factories.meeting(cast, "2024-04-15")
    ReviewAllowance.objects.create(enrollment=cast.student, meeting=meeting, is_waived=True, reason="ill")
    assert duties.course_duties(cast.course).by_day()[date(2024, 4, 15)] == everyone - 3
    cast.course.meetings.filter(date="2024-04-17").update(is_cancelled=True, number=None)
    assert duties.course_duties(cast.course).by_day()[date(2024, 4, 17)] == 0


def test_someone_without_a_rule_and_staff_owe_nothing(cast: Cast):
    factories.released(cast)
    ReviewRule.objects.all().delete()
    assert duties.course_duties(cast.course).total == 0
    assert duties.student_duties(cast.instructor, schedule.days(cast.course)).total == 0


def test_the_draft_changes_no_duty(cast: Cast):
    factories.released(cast)
    before = owed(cast.course)
    enrolled = before[0]
    cast.course.slots.filter(edition=Slot.Edition.DRAFT).delete()
    assert owed(cast.course) == before and enrolled > 0
    enroll(cast.course, "Nev Comer")
    assert owed(cast.course)[0] == enrolled + 3


def test_what_was_owed_and_cannot_be_written_any_more_is_shown_as_missed(cast: Cast):
    team1, *_ = factories.released(cast)
    begun, long_after = factories.starts_at(team1), factories.starts_at(team1) + timedelta(days=30)
    words = [my_schedule.schedule_of(cast.student, now=at).days[0].words for at in (begun, long_after)]
    assert words == ["you owe 1 review", "1 review missed, it is over"]
