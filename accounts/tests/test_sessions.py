"""How long a browser is remembered."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from accounts.domain import sign_in
from accounts.errors import DomainError
from accounts.tasks import forget_sessions

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 4, 9, 19, tzinfo=UTC)


@pytest.fixture
def _two_sessions():
    Session.objects.create(session_key="over", session_data="", expire_date=NOW - timedelta(seconds=1))
    Session.objects.create(session_key="lasts", session_data="", expire_date=NOW)


@pytest.mark.usefixtures("_two_sessions")
def test_only_what_has_run_out_is_forgotten_and_once():
    assert sign_in.forget_sessions(now=NOW) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["lasts"]
    assert sign_in.forget_sessions(now=NOW) == 0


@pytest.mark.usefixtures("_two_sessions")
def test_the_sweep_says_how_many_and_refuses_a_time_without_zone():
    with pytest.raises(DomainError):
        forget_sessions("2024-04-09T19:00")
    assert forget_sessions("2024-04-09T12:00:01-07:00") == {"sessions_forgotten": 2}
