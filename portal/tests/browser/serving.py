"""The portal behind a real socket, in threads of the test process, so that tests can set its clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import override_settings

SHIPPED = "whitenoise.storage.CompressedManifestStaticFilesStorage"


class QuietHandler(WSGIRequestHandler):
    """Answers over HTTP/1.1 without a line in the log for each request."""

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the whole portal, middleware and hashed, compressed static files included."""
    storages = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder / "files"},
        },
        "staticfiles": {"BACKEND": SHIPPED},
    }
    # A thread lives as long as its browser's connection: none may hold one to the database for that long.
    no_spare = patch.dict(connection.settings_dict, {"CONN_MAX_AGE": 0})
    with (
        no_spare,
        override_settings(
            DEMO=True,
            EMAIL_BACKEND="mail.domain.mailbox.MailboxBackend",
            MAILBOX_DIR=folder / "mailbox",
            STORAGES=storages,
            STATIC_ROOT=folder / "static",
        ),
    ):
        # The admin's files make nine of ten, and no page here asks for them.
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "django_htmx"])
        server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
