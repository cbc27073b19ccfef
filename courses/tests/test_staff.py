from datetime import UTC, datetime

import pytest

from accounts.errors import DomainError
from accounts.models import User
from courses.domain import staff
from courses.models import Role
from portal.testing import enroll

NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)


def add(course, name="Neu Assistant", email="Neu@Example.edu", role=Role.ASSISTANT):
    return staff.add_staff(course, name=name, email=email, role=role, now=NOW)


def test_someone_new_gets_an_account_and_a_role(cast):
    person = add(cast.course)
    assert (person.user.email, person.user.sort_name, person.role) == ("neu@example.edu", "Assistant, Neu", "assistant")


def test_adding_the_same_person_again_changes_the_role_and_adds_no_row(cast):
    assert add(cast.course).pk == add(cast.course, email="neu@example.edu", role=Role.INSTRUCTOR).pk
    assert cast.course.enrollments.get(user__email="neu@example.edu").role == Role.INSTRUCTOR
    assert User.objects.filter(email="neu@example.edu").count() == 1


def test_a_person_removed_comes_back_with_the_same_row(cast):
    staff.remove_staff(cast.assistant, now=NOW)
    assert not cast.course.enrollments.active().filter(pk=cast.assistant.pk).exists()
    back = add(cast.course, email=cast.assistant.user.email)
    assert (back.pk, back.dropped_at) == (cast.assistant.pk, None)


def test_a_student_cannot_be_staff_as_well(cast):
    with pytest.raises(DomainError, match="Ada Fictive is a student"):
        add(cast.course, email=cast.student.user.email)
    cast.student.refresh_from_db()
    assert cast.student.role == Role.STUDENT


def test_the_last_instructor_is_neither_removed_nor_demoted(cast):
    for refused in (
        lambda: staff.remove_staff(cast.instructor, now=NOW),
        lambda: staff.change_role(cast.instructor, Role.ASSISTANT),
        lambda: add(cast.course, email=cast.instructor.user.email),
    ):
        with pytest.raises(DomainError, match="only instructor"):
            refused()
    cast.instructor.refresh_from_db()
    assert (cast.instructor.role, cast.instructor.dropped_at) == (Role.INSTRUCTOR, None)


def test_one_of_two_instructors_may_go(cast):
    second = enroll(cast.course, "Second Instructor", Role.INSTRUCTOR)
    staff.remove_staff(cast.instructor, now=NOW)
    with pytest.raises(DomainError, match="only instructor"):
        staff.change_role(second, Role.ASSISTANT)
