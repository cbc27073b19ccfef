"""Tasks as files, for a portal without Redis, and a beat that ends with its worker."""

import logging
import os
import threading
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from billiard.process import current_process
from celery.signals import beat_embedded_init
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class FileChannel(filesystem.Channel):
    """Kombu's own, save that a task appears whole or not at all: a half-written one ended the worker for good."""

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        unfinished = Path(self.data_folder_out) / f"{name}.part"
        try:
            unfinished.write_bytes(str_to_bytes(dumps(message)))
            unfinished.replace(Path(self.data_folder_out) / name)
        except OSError as error:
            raise ChannelError(f"Cannot write the task {name}") from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        try:
            return super()._get(queue)
        except ValueError:  # it is gone already; the sweeps repeat what it was about
            logger.warning("a task that could not be read was dropped")
            raise Empty from None


class Transport(filesystem.Transport):
    """The `filesystem://` of this portal."""

    Channel = FileChannel


TRANSPORT_ALIASES["filesystem"] = "portal.broker:Transport"


@beat_embedded_init.connect
def end_with_worker(**_: Any) -> None:
    """Let beat end soon after its worker is killed, or each restart would add a beat."""
    threading.Thread(target=_wait_for_end_of, args=(current_process()._parent_pid,), daemon=True).start()


def _wait_for_end_of(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(1)
    os._exit(0)
