import pytest

from courses.domain import people
from portal.testing import NOON, Cast, enroll


def found(cast: Cast, wanted: str) -> list[str]:
    listed = people.of_course(cast.course, wanted)
    parts = [*(part.students for part in listed.sections), listed.staff, listed.dropped]
    return [person.user.name for part in parts for person in part]


def test_people_stand_by_section_then_staff_then_dropped(cast):
    gone = enroll(cast.course, "Gone Madeup")
    cast.course.enrollments.filter(pk=gone.pk).update(dropped_at=NOON)
    listed = people.of_course(cast.course)
    assert [(part.section.code, part.students) for part in listed.sections] == [
        ("CS 101", [cast.student]),
        ("CS 501", [cast.other_student]),
    ]
    assert listed.staff == [cast.assistant, cast.instructor]
    assert (listed.dropped, listed.total) == ([gone], 5)


@pytest.mark.parametrize("wanted", ["ada", "FICTIVE ada", "ada.fictive@", "43000", "ada\0"])
def test_someone_is_found_by_parts_of_name_address_login_or_the_start_of_the_canvas_id(cast, wanted):
    cast.course.enrollments.filter(pk=cast.student.pk).update(canvas_id="4300001")
    assert found(cast, wanted) == ["Ada Fictive"]


def test_someone_of_another_course_is_not_found(cast):
    assert found(cast, "stranger") == []


@pytest.mark.parametrize("more", [0, 5])
def test_the_list_takes_two_queries_however_many_there_are(cast, more, django_assert_num_queries):
    for number in range(more):
        enroll(cast.course, f"Ann Number{number}")
    with django_assert_num_queries(2):
        people.of_course(cast.course)
