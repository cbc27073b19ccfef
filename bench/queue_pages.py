"""A queue of 200 is watched: does the survey page stay as fast while 200 open pages look again every 10 seconds?

    .venv/bin/python bench/queue_pages.py [--postgres] [--watchers 200] [--seconds 40]

Starts the portal as `burst.py` does, fills a queue with the students, and measures the survey page's p95 first with
nobody watching, then with every student's page asking for its piece every 10 seconds. Exits 1 if p95 more than doubles,
or if anything but 200 is answered.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import burst

EVERY = 10  # seconds between two looks at the queue
PAGES_A_SECOND = 4  # survey pages that are asked for


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
            statuses, busy = _while_watched(int(env["PORT"]), course, options.seconds)
    before, after = _p95(idle), _p95(busy)
    print(f"{options.watchers} waiting; survey page p95 {before:.0f} ms idle, {after:.0f} ms watched")
    print(f"looks at the queue: {len(statuses)}, not answered with 200: {sum(status != 200 for status in statuses)}")
    sys.exit(after > 2 * before or any(status != 200 for status in statuses))


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


def _while_watched(port: int, course: dict, seconds: float) -> tuple[list[int], list[float]]:
    statuses, over = [], threading.Event()

    def watch(number: int, cookie: str) -> None:
        over.wait(EVERY * number / len(course["cookies"]))
        while not over.is_set():
            took, status = burst._request(port, course["queue"], cookie, is_piece=True)
            statuses.append(status)
            over.wait(EVERY - took)

    with ThreadPoolExecutor(len(course["cookies"])) as pages:
        for number, cookie in enumerate(course["cookies"]):
            pages.submit(watch, number, cookie)
        busy = _survey_pages(port, course, seconds)
        over.set()
    return statuses, busy


def _p95(seconds: list[float]) -> float:
    return 1000 * statistics.quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    main()
