"""A whole class answers at once: students of one course submit the survey through the real web server.

    .venv/bin/python bench/burst.py [--postgres] [--students 1000] [--seconds 60]

Starts script/server with a data folder of its own (and, with --postgres, a PostgreSQL of its own), lets each student
fetch the page and send the form at a moment of their own within the time, every tenth of them twice at the same instant
(a double click), and compares what the students sent with what the database holds. Exits 1 if anything is off.
"""

import argparse
import http.client
import json
import os
import random
import socket
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
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "script"))

import postgres  # noqa: E402

HANDS = 200  # students that wait or submit at the same time
DOUBLE_CLICKS = 10  # every tenth student


@dataclass
class Seen:
    """What the students saw: seconds and status of every request, and what each of them answered."""

    pages: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sent: dict[str, Counter[str]] = field(default_factory=lambda: {"material": Counter(), "pace": Counter()})
    texts: int = 0


def main() -> None:
    options = _options()
    database = "PostgreSQL" if options.postgres else "SQLite"
    print(f"{options.students} students within {options.seconds:.0f} s on {database}", flush=True)
    with postgres.cluster() if options.postgres else nullcontext(None) as url, tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATA_DIR": folder, "DEMO": "1", "PORT": str(_free_port())}
        env.pop("REDIS_URL", None)
        env.pop("DATABASE_URL", None)
        if url:
            env["DATABASE_URL"] = url
        with _portal(env):
            course = _course(env, "seed", str(options.students))
            seen, took = _burst(int(env["PORT"]), course, options)
            failures = _compare(seen, _course(env, "arrived"), options.students)
    if took > options.seconds:
        failures.append(f"the last answer came after {took:.1f} s")
    _report(seen, took, failures)
    sys.exit(bool(failures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60, help="the time in which all of them submit")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _portal(env: dict[str, str]) -> Iterator[None]:
    """The portal as script/server starts it: web server, worker and beat."""
    program = subprocess.Popen([ROOT / "script" / "server"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        if not any("Ctrl-C" in line for line in program.stdout or []):
            sys.exit("script/server did not come up.")
        yield
    finally:
        program.terminate()
        program.wait()


def _course(env: dict[str, str], *arguments: str) -> dict:
    command = [ROOT / ".venv" / "bin" / "python", ROOT / "bench" / "class_of.py", *arguments]
    return json.loads(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout)


def _burst(port: int, course: dict, options: argparse.Namespace) -> tuple[Seen, float]:
    chance, seen, lock = random.Random(options.seed), Seen(), threading.Lock()
    start = time.monotonic() + 1
    # The last few seconds are left for the answers to arrive in.
    moments = sorted(chance.uniform(0, options.seconds * 0.95) for _ in course["cookies"])

    def student(number: int, cookie: str, moment: float, answers: dict[str, str]) -> None:
        time.sleep(max(0.0, start + moment - time.monotonic()))
        requests = [_request(port, course["path"], cookie)]
        clicks = 2 if number % DOUBLE_CLICKS == 0 else 1
        with ThreadPoolExecutor(clicks) as fingers:
            posts = list(fingers.map(lambda _: _request(port, course["path"], cookie, answers), range(clicks)))
        with lock:
            seen.pages += [seconds for seconds, _ in requests]
            seen.posts += [seconds for seconds, _ in posts]
            seen.statuses.update(status for _, status in [*requests, *posts])
            seen.texts += bool(answers["question"])
            for key, values in seen.sent.items():
                values[answers[key]] += 1

    waiting = []
    # Classes agree, mostly: the same few counters are raised again and again.
    with ThreadPoolExecutor(HANDS) as hands:
        for number, (cookie, moment) in enumerate(zip(course["cookies"], moments, strict=True)):
            answers = {key: str(min(10, max(1, round(chance.gauss(6, 0.7))))) for key in ("material", "pace")}
            text = f"What about number {number}?" if chance.random() < 0.3 else ""
            waiting.append(hands.submit(student, number, cookie, moment, {**answers, "question": text}))
    for one in waiting:
        one.result()
    return seen, time.monotonic() - start


def _request(port: int, path: str, cookie: str, answers: dict[str, str] | None = None) -> tuple[float, int]:
    """Seconds and status of one request; 0 where no answer came."""
    headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "Origin": f"http://127.0.0.1:{port}"}
    before = time.monotonic()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        if answers is None:
            connection.request("GET", path, headers=headers)
        else:
            form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(answers), form)
        answer = connection.getresponse()
        answer.read()
        connection.close()
    except OSError:
        return time.monotonic() - before, 0
    return time.monotonic() - before, answer.status


def _compare(seen: Seen, held: dict, students: int) -> list[str]:
    """Whatever is not as it must be, in words."""
    failures = [f"{n} answers with status {status}" for status, n in seen.statuses.items() if status not in (200, 302)]
    if not held["completions"] == held["people"] == students:
        failures.append(f"{students} students, but {held['completions']} completions of {held['people']}")
    for key, sent in seen.sent.items():
        if sum(held["counts"][key].values()) != held["completions"]:
            failures.append(f"the counts of {key} add up to {sum(held['counts'][key].values())}")
        if held["counts"][key] != dict(sent):
            failures.append(f"{key} was answered {dict(sent)}, but is counted {held['counts'][key]}")
    if held["texts"] != seen.texts:
        failures.append(f"{seen.texts} texts were sent, but {held['texts']} are kept")
    return failures


def _report(seen: Seen, took: float, failures: list[str]) -> None:
    print(f"all answered after {took:.1f} s; statuses {dict(sorted(seen.statuses.items()))}")
    for name, seconds in (("page", seen.pages), ("submit", seen.posts)):
        marks = statistics.quantiles([1000 * one for one in seconds], n=100)
        most = 1000 * max(seconds)
        print(f"{name:6} n {len(seconds)}  p50 {marks[49]:.0f} ms  p95 {marks[94]:.0f} ms  max {most:.0f} ms")
    right = "none lost, none doubled, every count as it was sent"
    print("\n".join(f"WRONG: {failure}" for failure in failures) or right)


if __name__ == "__main__":
    main()
