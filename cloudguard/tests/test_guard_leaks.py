"""Accounts, roles, external ids and machines stand in no log, task, error report or page of anybody else."""

import logging
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import pytest
import time_machine
from django.db import connection
from django.test import Client

from cloudguard import tasks
from cloudguard.domain import account_links, aws_looks, aws_roles
from cloudguard.models import Finding
from cloudguard.tests.cloud import ACCOUNT, ROLE, linked
from mail.models import Message
from portal.testing import NOON, Cast, client_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def traces(cloud, cast):
    """A link with something running, and the texts that may stand nowhere."""
    link = linked(cloud, cast.student)
    machine = cloud.run()
    return link, [ACCOUNT, ROLE, link.external_id, machine]


def test_nothing_of_an_account_is_logged_whatever_goes_well_or_wrong(cast: Cast, cloud, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("botocore").setLevel(logging.WARNING)  # as portal/logs.py has it
        link, secret = traces(cloud, cast)
        tasks.sweep_accounts(NOON.isoformat())
        for broken in (aws_roles.AwsSilentError("x"), ValueError(f"{ROLE} {link.external_id}"), KeyError(ACCOUNT)):
            type(link).objects.update(swept_on=None, sweeping_on=None, busy_until=None)
            with patch.object(aws_looks, "look", side_effect=broken):
                tasks.sweep_accounts(NOON.isoformat())
        cloud.roles[ROLE] = lambda given: False
        type(link).objects.update(swept_on=None, sweeping_on=None, busy_until=None)
        tasks.sweep_accounts(NOON.isoformat())
        with pytest.raises(account_links.DomainError):
            account_links.link_role(link, ROLE, now=NOON)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    own = [record for record in caplog.records if not record.name.startswith(("moto", "django.db"))]
    text = "\n".join(record.getMessage() for record in own) + "\n".join(str(record.exc_info) for record in own)
    assert "could not be swept" in text and "ValueError" in text
    assert not [word for word in secret if word in text]


def test_an_error_page_with_details_shows_nothing_of_it(cast: Cast, cloud, settings):
    settings.DEBUG = True
    _, secret = traces(cloud, cast)
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.student.user, backend="django.contrib.auth.backends.ModelBackend")
    with patch.object(aws_roles, "session_policy", side_effect=ZeroDivisionError):
        answer = browser.post(url("guard_link", cast.course), {"role_arn": ROLE})
    page = answer.content.decode()
    assert answer.status_code == 500 and "ZeroDivisionError" in page
    assert not [word for word in secret if word in page]


def test_letters_and_pages_of_others_hold_nothing_of_it(cast: Cast, cloud):
    _, secret = traces(cloud, cast)
    tasks.sweep_accounts(NOON.isoformat())
    assert Finding.objects.filter(resource_id=secret[-1]).exists()  # there is something to find
    texts = ["".join((message.subject, message.text, message.html, message.key)) for message in Message.objects.all()]
    for person in (cast.other_student, cast.assistant, cast.instructor):
        for name in ("guard", "credits", "course_home"):
            texts.append(client_of(person).get(url(name, cast.course)).content.decode())
    texts.append(client_of(cast.instructor).get(url("letters", cast.course)).content.decode())
    assert not [word for word in secret for text in texts if word in text]


def test_after_revoking_the_database_holds_nothing_of_it(cast: Cast, cloud):
    link, secret = traces(cloud, cast)
    tasks.sweep_accounts(NOON.isoformat())
    assert found_in_rows(secret)
    account_links.revoke(link)
    assert not found_in_rows(secret)


def found_in_rows(words):
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            text = repr(cursor.fetchall())
            found |= {(table, word) for word in words if word in text}
    return found


# --- Over a real connection --------------------------------------------------------------------
class Impatient(BaseHTTPRequestHandler):
    """An EC2 that asks to slow down twice, then names a region."""

    asked = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked += 1
        slow = self.asked <= self.refusals
        code = "<Code>RequestLimitExceeded</Code><Message>slower</Message>"
        body = f"<Response><Errors><Error>{code}</Error></Errors></Response>" if slow else REGIONS
        self.send_response(503 if slow else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


REGIONS = (
    '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo><item>'
    "<regionName>us-east-1</regionName></item></regionInfo></DescribeRegionsResponse>"
)


@contextmanager
def an_ec2(monkeypatch, refusals):
    Impatient.asked, Impatient.refusals = 0, refusals
    server = HTTPServer(("127.0.0.1", 0), Impatient)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", f"http://127.0.0.1:{server.server_port}")
    aws_looks._session.cache_clear()  # it has read the environment
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        aws_looks._session.cache_clear()


@pytest.mark.parametrize("refusals", [0, 2, 99])
def test_where_aws_asks_to_slow_down_it_is_asked_again_and_not_for_ever(settings, monkeypatch, refusals):
    settings.GUARD_PRINCIPAL = "arn:aws:iam::999988887777:role/portal"
    keys = aws_roles.RoleKeys("ASIAINVENTED", "invented", "invented")
    with an_ec2(monkeypatch, refusals), patch("time.sleep"):
        if refusals < 4:
            assert aws_looks.regions(keys) == ["us-east-1"]
        else:
            with pytest.raises(aws_roles.AwsSilentError, match="RequestLimitExceeded"):
                aws_looks.regions(keys)
        assert Impatient.asked == min(refusals + 1, 4)
