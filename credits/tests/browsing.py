"""Walking through the pages of the credits, and what their answers are held to."""

import re

from django.urls import reverse

from credits.models import AuditEvent
from portal.testing import NOON, Cast, client_of

CODE = re.compile(r"FAKE-Code-\d{4}")
HEADERS = {
    "Cache-Control": "no-store, no-transform, private",
    "X-Frame-Options": "DENY",
}


def assert_kept_by_nobody(answer, referrer="no-referrer"):
    wanted = {**HEADERS, "Referrer-Policy": referrer}
    assert {name: answer[name] for name in wanted} == wanted
    assert not answer.has_header("Content-Encoding")


def recent(person, method="code", age=0):
    """A browser in which this person signed in so many seconds ago."""
    browser = client_of(person)
    session = browser.session
    session["account_authentication_methods"] = [{"method": method, "at": NOON.timestamp() - age, "provider": "x"}]
    session["account_authentication_methods_user"] = str(person.user_id)
    session.save()
    return browser


def url(name, course, **kwargs):
    return reverse(name, kwargs={"course_slug": course.slug, **kwargs})


def kinds():
    return list(AuditEvent.objects.order_by("seq").values_list("kind", flat=True))


def digits_on(page):
    return "".join(re.search(r'<b class="mono">(\d{3}) (\d{3})</b>', page).groups())


def begin(cast: Cast, pool):
    form = {"student": cast.student.pk, "channel": "break"}
    answer = client_of(cast.assistant).post(url("credit_desk", cast.course, pk=pool.pk), form)
    assert_kept_by_nobody(answer, "same-origin")  # a form stands on it
    return digits_on(answer.content.decode())
