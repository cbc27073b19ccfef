"""A NUL in a form or an address goes before a view reads it: PostgreSQL would refuse the row, and log what it held."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from portal.testing import Cast, client_of
from presentations.models import PeerReview
from presentations.tests import factories as world

pytestmark = pytest.mark.django_db


def test_a_review_is_kept_without_its_nul(cast: Cast):
    talk = world.talk_of(world.released(cast)[0])
    start = talk.slots.live().get().meeting.starts_at
    typed = {"content": "4", "clarity": "5", "good": "The demo\x00 ran."}
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        browser = client_of(cast.student)
        for name in ("talk_review_draft", "talk_review"):
            answer = browser.post(reverse(name, args=[cast.course.slug, talk.pk]), typed)
            assert answer.status_code in (200, 302)
            assert PeerReview.objects.get().comments == {"good": "The demo ran."}


def test_an_address_is_read_without_its_nul(cast: Cast):
    world.released(cast)
    section = cast.course.sections.first()
    csv = reverse("reviews_csv", args=[cast.course.slug])
    code = section.code.replace(" ", "%00 ")
    answer = client_of(cast.instructor).get(f"{csv}?section={code}")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
