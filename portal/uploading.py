"""A file that is too big is turned away by its announced size, before its bytes are read."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.core.files.uploadhandler import MemoryFileUploadHandler as InMemory
from django.core.files.uploadhandler import TemporaryFileUploadHandler as OnDisk

__all__ = ["InMemory", "OnDisk", "SizeGate"]


class SizeGate(FileUploadHandler):
    """Stops reading at the first file of a request that is longer than its view takes (`accounts.access.takes_upload`).

    The fields before it are read: the token, and what was typed. This must hold before the view does: the
    CSRF check reads the form already.
    """

    is_shut = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's own name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        match = getattr(self.request, "resolver_match", None)
        most = getattr(match.func, "most_bytes", None) if match else None
        self.is_shut = most is not None and content_length > most

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Stop here if the request is too long; nothing of the file is read or stored."""
        if self.is_shut:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave a file that fits to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the next handler."""
