"""Whether this container does its work: `python deploy/healthy.py web|worker|beat` exits 0 if so."""

import os
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SILENT = 600  # seconds; beat saves its schedule every 180


def web() -> bool:
    """The page answers, and so does the database."""
    headers = {"Host": os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")}
    with urllib.request.urlopen(
        urllib.request.Request("http://127.0.0.1:8000/readyz", headers=headers), timeout=4
    ) as page:
        return bool(page.status == 200)


def worker() -> bool:
    """The worker of this container answers through the broker."""
    from portal.celery import app  # noqa: PLC0415 - the other two need no Django

    me = f"celery@{os.uname().nodename}"
    return bool(app.control.inspect(destination=[me], timeout=10).ping())


def beat() -> bool:
    """Beat has saved its schedule lately."""
    saved = [path.stat().st_mtime for path in Path(os.environ["DATA_DIR"]).glob("celerybeat-schedule*")]
    return bool(saved) and time.time() - max(saved) < BEAT_SILENT


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
