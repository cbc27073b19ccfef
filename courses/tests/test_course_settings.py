from datetime import UTC, date, datetime, time

import pytest

from accounts.errors import DomainError
from courses.domain import calendar, course_settings
from courses.models import Assignment, Course, WeeklyTime

NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)  # Tuesday; classes Monday and Wednesday 9:00–10:30
BEFORE = datetime(2024, 3, 1, tzinfo=UTC)
WEDNESDAY, FRIDAY = 2, 4


def hours(course: Course, day: date) -> str:
    meeting = course.meetings.get(date=day)
    return f"{meeting.starts_at.astimezone(course.zone):%H:%M}-{meeting.ends_at.astimezone(course.zone):%H:%M}"


def weekly(course: Course, weekday: int) -> WeeklyTime:
    return course.weekly_times.get(weekday=weekday)


def test_a_new_class_time_makes_classes_to_come_and_leaves_the_past(cast):
    new = WeeklyTime(course=cast.course, weekday=FRIDAY, start=time(13), end=time(14))
    course_settings.set_weekly_time(new, now=NOW)
    fridays = [m.date for m in cast.course.meetings.all() if m.date.weekday() == FRIDAY]
    assert fridays[0] == date(2024, 4, 12)
    assert cast.course.meetings.get(date=date(2024, 4, 12)).number == 5


def test_other_hours_move_the_classes_to_come_but_not_those_with_hours_of_their_own(cast):
    own = cast.course.meetings.get(date=date(2024, 4, 17))
    calendar.retime_meeting(own, start=time(8), end=time(9), place="LAB", now=NOW)
    changed = weekly(cast.course, WEDNESDAY)
    changed.start, changed.end, changed.place = time(11), time(12), "HALL 9"
    course_settings.set_weekly_time(changed, now=NOW)
    assert hours(cast.course, date(2024, 4, 3)) == "09:00-10:30"
    assert hours(cast.course, date(2024, 4, 10)) == "11:00-12:00"
    assert hours(cast.course, date(2024, 4, 17)) == "08:00-09:00"
    assert cast.course.meetings.get(date=date(2024, 4, 10)).place == "HALL 9"
    assert cast.course.meetings.get(date=date(2024, 4, 17)).place == "LAB"


def test_another_place_reaches_classes_to_come(cast):
    changed = weekly(cast.course, WEDNESDAY)
    changed.place = "HALL 9"
    course_settings.set_weekly_time(changed, now=NOW)
    places = dict(cast.course.meetings.values_list("date", "place"))
    assert (places[date(2024, 4, 3)], places[date(2024, 4, 10)]) == ("HALL 1", "HALL 9")


def test_overlapping_times_are_refused_naming_both(cast):
    new = WeeklyTime(course=cast.course, weekday=WEDNESDAY, start=time(10), end=time(11))
    with pytest.raises(DomainError, match="Wednesday 09:00–10:30 and Wednesday 10:00–11:00 overlap"):
        course_settings.set_weekly_time(new, now=NOW)
    assert cast.course.weekly_times.count() == 2


def test_a_second_class_on_a_day_is_refused_even_if_it_does_not_overlap(cast):
    new = WeeklyTime(course=cast.course, weekday=WEDNESDAY, start=time(14), end=time(15))
    with pytest.raises(DomainError, match="once a day"):
        course_settings.set_weekly_time(new, now=NOW)


def test_a_time_that_ends_before_it_starts_is_refused(cast):
    new = WeeklyTime(course=cast.course, weekday=FRIDAY, start=time(15), end=time(14))
    with pytest.raises(DomainError, match="cannot end at 14:00"):
        course_settings.set_weekly_time(new, now=NOW)


def test_removing_a_class_time_takes_classes_to_come_and_keeps_past_ones(cast):
    assert course_settings.to_come(weekly(cast.course, WEDNESDAY), NOW) == 9
    course_settings.remove_weekly_time(weekly(cast.course, WEDNESDAY), now=NOW)
    wednesdays = [m.date for m in cast.course.meetings.all() if m.date.weekday() == WEDNESDAY]
    assert wednesdays == [date(2024, 4, 3)]
    assert cast.course.meetings.get(date=date(2024, 4, 15)).number == 4


def test_moving_a_class_to_another_weekday_moves_those_to_come(cast):
    changed = weekly(cast.course, WEDNESDAY)
    changed.weekday = FRIDAY
    course_settings.set_weekly_time(changed, now=NOW)
    dates = list(cast.course.meetings.values_list("date", flat=True))
    assert dates[:5] == [date(2024, 4, n) for n in (1, 3, 8, 12, 15)]


def test_a_no_class_day_cancels_the_class_on_it_and_can_be_taken_back(cast):
    day = date(2024, 5, 27)
    course_settings.add_no_class_day(cast.course, day, reason="Memorial Day", now=NOW)
    meeting = cast.course.meetings.get(date=day)
    assert meeting.is_cancelled
    assert cast.course.meetings.get(date=date(2024, 5, 29)).number == 17
    course_settings.remove_no_class_day(cast.course.no_class_days.get(), now=NOW)
    assert cast.course.meetings.get(date=day).number == 17
    assert not cast.course.no_class_days.exists()


def test_a_date_off_the_rule_may_be_without_class_too(cast):
    course_settings.add_no_class_day(cast.course, date(2024, 5, 24), reason="Break", now=NOW)
    course_settings.remove_no_class_day(cast.course.no_class_days.get(), now=NOW)
    assert not cast.course.no_class_days.exists()


@pytest.mark.parametrize("day", [date(2024, 3, 27), date(2024, 6, 15), date(2024, 4, 8)])
def test_no_day_outside_the_course_or_with_a_past_class_becomes_free(cast, day):
    with pytest.raises(DomainError, match=r"outside the course|over"):
        course_settings.add_no_class_day(cast.course, day, reason="x", now=NOW)
    assert not cast.course.no_class_days.exists()


def test_other_dates_lay_out_and_take_away_classes_to_come_only(cast):
    course_settings.change_course(cast.course, meetings_last_on=date(2024, 4, 15), now=NOW)
    assert cast.course.meetings.last().date == date(2024, 4, 15)
    course_settings.change_course(cast.course, meetings_last_on=date(2024, 4, 17), title="New", now=NOW)
    assert cast.course.meetings.last().number == 6
    assert Course.objects.get().title == "New"


def test_another_zone_before_the_first_class_keeps_the_wall_clock(cast):
    due = calendar.instant(cast.course, date(2024, 4, 9), time(23, 59))
    Assignment.objects.create(course=cast.course, name="A", due_at=due)
    course_settings.change_course(cast.course, timezone="America/New_York", now=BEFORE)
    course = Course.objects.get()
    assert hours(course, date(2024, 4, 3)) == "09:00-10:30"
    assert course.meetings.get(date=date(2024, 4, 3)).starts_at == datetime(2024, 4, 3, 13, tzinfo=UTC)
    assert course.assignments.get().due_at == datetime(2024, 4, 10, 3, 59, tzinfo=UTC)


def test_the_zone_stays_once_a_class_was_held(cast):
    with pytest.raises(DomainError, match="the time zone stays"):
        course_settings.change_course(cast.course, timezone="America/New_York", title="New", now=NOW)
    assert (Course.objects.get().timezone, Course.objects.get().title) == ("America/Los_Angeles", "Invented Computing")
