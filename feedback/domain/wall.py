"""The way to a survey for phones: a code on the wall."""

import io

import segno
from django.conf import settings
from django.urls import reverse

from courses.models import ClassMeeting


def survey_address(meeting: ClassMeeting) -> str:
    """The survey's full address, as it stands under the code."""
    path = reverse("survey", kwargs={"course_slug": meeting.course.slug, "date": meeting.date})
    return settings.PORTAL_URL + path


def survey_code(meeting: ClassMeeting) -> str:
    """The survey's address as a QR code: an SVG without style or script."""
    drawn = io.BytesIO()
    segno.make(survey_address(meeting), error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, dark="#000", light="#fff", border=4
    )
    return drawn.getvalue().decode()
