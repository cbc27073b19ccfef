"""How large the house is: lines, files and small modules of what is written, tests and migrations apart.

    .venv/bin/python script/measure.py

Lines are those that are not blank, files those that are not empty; the project's apps only. What `bench/hops.py`
counts needs a running portal, and stands there.
"""

from pathlib import Path

import names

SMALL = 50  # lines; a module that is shorter usually wants to be part of its neighbour


def lines_of(path: Path) -> int:
    """The lines of a file that are not blank."""
    return sum(1 for line in path.read_text().splitlines() if line.strip())


def is_test(path: Path) -> bool:
    """Whether a file serves the tests only."""
    return "tests" in path.parts or path.name in {"conftest.py", "testing.py"}


def main() -> None:
    """Print the measures."""
    files = [path for app in names.apps() for path in app.rglob("*.py") if "migrations" not in path.parts]
    files.append(names.ROOT / "conftest.py")
    lines = {path: count for path in files if (count := lines_of(path))}
    code = {path: count for path, count in lines.items() if not is_test(path)}
    tests = sum(count for path, count in lines.items() if is_test(path))
    rules = {
        path: count
        for path, count in code.items()
        if {"domain", "queries"} & {*path.parts, path.stem} and path.name != "__init__.py"
    }
    letters = [path for path in names.ROOT.glob("templates/mail/**/*.*") if not path.name.startswith("_")]
    figures = {
        "code lines": sum(code.values()),
        "code files": len(code),
        "longest file": max(code.values()),
        "tests : code": f"{tests / sum(code.values()):.2f}",
        "domain and query modules": len(rules),
        f"of at most {SMALL} lines": sum(count <= SMALL for count in rules.values()),
        "templates/mail/, pieces apart": len(letters),
        **{title: sum(map(len, check().values())) for title, check in names.CHECKS.items()},
    }
    for title, figure in figures.items():
        print(f"{title:36}{figure:>8}")


if __name__ == "__main__":
    main()
