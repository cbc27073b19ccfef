"""Fixtures of every test. The suite talks to this machine only: a guard fails any other connection."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase, override_settings
from pytest_django import DjangoDbBlocker

from portal.testing import Cast, log_can_be_emptied, make_cast
from portal.tests.database import copied_database

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """In place of pytest-django's, which migrates a database for each worker of each run."""
    folder = request.config.cache.mkdir("database")
    with django_db_blocker.unblock(), copied_database(folder), django_db_blocker.block():
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    """A course and one person of each kind."""
    return make_cast()


@pytest.fixture(autouse=True, scope="session")
def _static_files_need_no_collecting() -> Iterator[None]:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):  # also forgets storages made before
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_connection_leaves_this_machine() -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test wanted to connect to {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _credit_log_is_emptied_between_tests() -> Iterator[None]:
    flush = TransactionTestCase._fixture_teardown

    def emptied(self: TransactionTestCase) -> None:
        with log_can_be_emptied():
            flush(self)

    TransactionTestCase._fixture_teardown = emptied  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]
