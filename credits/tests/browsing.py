"""Walking through the pages of the credits, and what their answers are held to."""

import re

from credits.models import AuditEvent
from portal.testing import NOON, Cast, assert_kept_by_nobody, client_of, url

CODE = re.compile(r"FAKE-Code-\d{4}")


def recent(person, method="code", age=0):
    """A browser in which this person signed in so many seconds ago."""
    browser = client_of(person)
    session = browser.session
    session["account_authentication_methods"] = [{"method": method, "at": NOON.timestamp() - age, "provider": "x"}]
    session["account_authentication_methods_user"] = str(person.user_id)
    session.save()
    return browser


def kinds():
    return list(AuditEvent.objects.order_by("seq").values_list("kind", flat=True))


def digits_on(page):
    return "".join(re.search(r'<b class="mono">(\d{3}) (\d{3})</b>', page).groups())


def begin(cast: Cast, pool):
    form = {"student": cast.student.pk, "channel": "break"}
    answer = client_of(cast.assistant).post(url("credit_desk", cast.course, pk=pool.pk), form)
    assert_kept_by_nobody(answer, "same-origin")  # a form stands on it
    return digits_on(answer.content.decode())
