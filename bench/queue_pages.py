"""A queue of 200 is watched: does the survey page stay as fast while 200 open pages look again every 10 seconds?

    .venv/bin/python bench/queue_pages.py [--postgres] [--watchers 200] [--seconds 40]

Starts the portal as `burst.py` does, fills a queue with the students, and measures the survey page's p95 first with
nobody watching, then with every student's page asking for its piece every 10 seconds, as htmx does: it says what it has
seen, and gets 204 while that is how it stands. Meanwhile staff call the next every 20 seconds, which every page then
shows. Exits 1 if p95 more than doubles, or if anything but 200 and 204 is answered.
"""

import argparse
import gzip
import http.client
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import burst

EVERY = 10  # seconds between two looks at the queue
PAGES_A_SECOND = 4  # survey pages that are asked for
NEXT = re.compile(r'hx-get="([^"]+)"')


@dataclass(frozen=True)
class Look:
    """What one look at the queue brought: status, bytes on the wire, and where the page looks next."""

    status: int
    size: int
    url: str


def main() -> None:
    options = _options()
    with (
        burst.postgres.cluster() if options.postgres else nullcontext(None) as url,
        tempfile.TemporaryDirectory() as data,
    ):
        env = {**os.environ, "DATA_DIR": data, "DEMO": "1", "PORT": str(burst._free_port())}
        env.pop("REDIS_URL", None)
        env.pop("DATABASE_URL", None)
        if url:
            env["DATABASE_URL"] = url
        with burst._portal(env):
            course = burst._course(env, "queue", str(options.watchers))
            idle = _survey_pages(int(env["PORT"]), course, options.seconds)
            with _desk(env, options.seconds):
                looks, busy = _while_watched(int(env["PORT"]), course, options.seconds)
    before, after = _p95(idle), _p95(busy)
    print(f"{options.watchers} waiting; survey page p95 {before:.0f} ms idle, {after:.0f} ms watched")
    statuses, sizes = Counter(look.status for look in looks), [look.size for look in looks]
    print(f"looks at the queue: {len(looks)}, statuses {dict(sorted(statuses.items()))}, at most {max(sizes)} bytes")
    sys.exit(after > 2 * before or bool(statuses.keys() - {200, 204}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40)
    return parser.parse_args()


def _survey_pages(port: int, course: dict, seconds: float) -> list[float]:
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        took, status = burst._request(port, course["path"], random.choice(course["cookies"]))
        if status != 200:
            sys.exit(f"the survey page answered {status}")
        found.append(took)
        time.sleep(max(0.0, 1 / PAGES_A_SECOND - took))
    return found


@contextmanager
def _desk(env: dict[str, str], seconds: float) -> Iterator[None]:
    """Staff who call the next now and then."""
    places = burst.ROOT / ".venv" / "bin" / "python", burst.ROOT / "bench" / "class_of.py"
    command = [*map(str, places), "desk", str(int(seconds))]
    program = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        if not any("ready" in line for line in program.stderr or []):
            sys.exit("Nobody is at the desk.")
        yield
    finally:
        program.terminate()
        program.wait()


def _look(port: int, url: str, cookie: str) -> Look:
    """One look at the piece, as htmx asks for it."""
    headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "HX-Request": "true"}
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", url, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    except OSError:
        return Look(0, 0, url)
    page = gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body
    again = NEXT.search(page.decode())
    return Look(answer.status, len(body), again[1] if again else url)


def _while_watched(port: int, course: dict, seconds: float) -> tuple[list[Look], list[float]]:
    looks, over = [], threading.Event()

    def watch(number: int, cookie: str) -> None:
        over.wait(EVERY * number / len(course["cookies"]))
        url = course["queue"]
        while not over.is_set():
            begun = time.monotonic()
            look = _look(port, url, cookie)
            looks.append(look)
            url = look.url
            over.wait(EVERY - (time.monotonic() - begun))

    with ThreadPoolExecutor(len(course["cookies"])) as pages:
        for number, cookie in enumerate(course["cookies"]):
            pages.submit(watch, number, cookie)
        busy = _survey_pages(port, course, seconds)
        over.set()
    return looks, busy


def _p95(seconds: list[float]) -> float:
    return 1000 * statistics.quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    main()
