"""Input that nobody types by hand is refused in words, or not found: never a page that breaks."""

from datetime import datetime

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.errors import DomainError
from courses.domain import wall_clock
from courses.models import Enrollment
from portal.testing import Cast, client_of
from presentations.domain import feedback, teams
from presentations.models import PeerReview, Presentation, ReviewAllowance, TeamFeedback
from presentations.tests import world

pytestmark = pytest.mark.django_db

AFTER = datetime.fromisoformat("2024-04-10T19:00:00+00:00")  # the first talk is over
TOO_BIG = "9" * 20  # for a database
TOO_LONG = "9" * 5000  # for a number at all


@pytest.fixture(autouse=True)
def _before_the_talks():
    with time_machine.travel(world.BEFORE, tick=False):
        yield


def post(cast: Cast, who: Enrollment, name: str, *args: object, **typed: object):
    return client_of(who).post(reverse(name, args=[cast.course.slug, *args]), typed)


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T15:59", "9999-12-31T23:59"])
def test_a_time_at_the_calendars_end_is_refused_in_words(cast: Cast, when: str):
    world.released(cast)
    meeting = cast.course.meetings.get(date=world.DAYS[0])
    typed = {"person": cast.student.pk, "meeting": meeting.pk, "extended_until": when, "reason": "ill for long"}
    answer = post(cast, cast.instructor, "allowance", **typed)
    assert answer.status_code == 422 and "too far away" in answer.content.decode()
    assert "ill for long" in answer.content.decode() and not ReviewAllowance.objects.exists()
    answer = post(cast, cast.instructor, "presentation_plan", sign_up_until=when)
    assert answer.status_code == 422 and "too far away" in answer.content.decode()
    with pytest.raises(DomainError, match="too far away"):
        wall_clock.instant(cast.course, datetime.fromisoformat(when))


@pytest.mark.parametrize("number", [TOO_BIG, TOO_LONG, "0", "²"])
def test_a_number_that_is_nobodys_takes_nobody_out(cast: Cast, number: str):
    team = world.released(cast)[0]
    answer = client_of(cast.instructor).post(
        reverse("team_member_remove", args=[cast.course.slug, team.pk]), {"person": number}, follow=True
    )
    assert "not in this team any more" in answer.content.decode() and team.members.count() == 2


def test_a_review_whose_number_is_too_big_is_not_found(cast: Cast):
    world.released(cast)
    assert post(cast, cast.assistant, "review_screen", int(TOO_BIG), key="good", text="x").status_code == 404


def test_a_title_keeps_no_control_character_and_the_word_form_takes_any(cast: Cast):
    team = world.released(cast)[0]
    assert post(cast, world.member(team), "team", team.pk, title="Edge\x0bcases \x1f now").status_code == 302
    team.refresh_from_db()
    assert team.title == "Edge cases now"
    talk = world.talk_of(team)
    Presentation.objects.filter(pk=talk.pk).update(title="Edge\x0bcases")
    page = client_of(cast.student).get(reverse("talk_form", args=[cast.course.slug, talk.pk]))
    assert page.status_code == 200 and page.content[:2] == b"PK"


def test_a_team_that_has_read_its_feedback_is_not_deleted(cast: Cast):
    team = world.released(cast)[0]
    talk = world.talk_of(team)
    feedback.release(talk, now=AFTER, summary="Well told.")
    talk.slots.all().delete()
    with pytest.raises(DomainError, match="read the feedback"):
        teams.disband(team)
    assert TeamFeedback.objects.get().presentation.team == team


def test_a_stored_file_that_is_gone_is_not_found(cast: Cast, tmp_path, settings):
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    talk = world.talk_of(world.released(cast)[0])
    review = PeerReview.objects.create(presentation=talk, reviewer=cast.student, saved_at=AFTER, submitted_at=AFTER)
    review.file.save("review.pdf", ContentFile(b"%PDF-1.7"))
    review.file.storage.delete(review.file.name)
    for who, name, pk in ((cast.student, "talk_file", talk.pk), (cast.assistant, "review_file", review.pk)):
        assert client_of(who).get(reverse(name, args=[cast.course.slug, pk])).status_code == 404
