"""Names that say nothing, or two things. Prints each with where it stands, and exits 1 if there is any.

    .venv/bin/python script/names.py [--all]        # --all names every place, not the first five

- Classes: several of one name at the top of modules. A command's `Command` and classes inside others
  (`Appointment.State`) do not count, nor does a class that refines its namesake.
- Functions: a public one at the top of a module whose name is made of NOTHING alone: prepositions, pronouns and the
  like (`of`, `since`, `all_of`), or verbs that go with everything (`find`, `get`). Predicates (`is_over`), phrases of
  the field (IDIOMS) and other bare verbs, which are called with their module's name (`swaps.accept`), do not count.
- Variables: those called one of VAGUE, in code, tests and templates.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREPOSITIONS = """about above after against around as at before behind below beneath beside between beyond by down
    during for from in inside into like near of off on onto out outside over past per round since through till to toward
    under until up upon with within without"""
PRONOUNS = """a all an another any anything both each either every everything few he her here his how i its many me mine
    more most much my neither no nobody none nothing now one other others our ours own same she so some something such
    that the theirs them then there these they this those too we what when where which who whom whose why you your and
    but if nor not or yet else it"""
GENERIC_VERBS = "do execute find get go handle manage perform process work"
GENERIC_NOUNS = "data info item items object objects stuff thing things value values"
NOTHING = set(f"{PREPOSITIONS} {PRONOUNS} {GENERIC_VERBS} {GENERIC_NOUNS}".split())
IDIOMS = {"as_of", "on_or_after"}
VAGUE = {"one", "held", "said", "told", "it"}
IN_TAGS = re.compile(r"\{[{%].*?[%}]\}")
STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
Places = dict[str, list[str]]


def apps() -> list[Path]:
    """The project's packages: its apps, and the project itself."""
    return sorted(path.parent for path in ROOT.glob("*/__init__.py"))


def modules(*, with_tests: bool) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the apps, parsed; migrations are history and keep their names."""
    for path in sorted(path for app in apps() for path in app.rglob("*.py") if "migrations" not in path.parts):
        if with_tests or "tests" not in path.parts:
            yield path, ast.parse(path.read_text())


def colliding_classes() -> Places:
    """Top-level classes of one name in several modules."""
    found: Places = defaultdict(list)
    for path, module in modules(with_tests=False):
        for node in module.body:
            if isinstance(node, ast.ClassDef) and node.name != "Command" and not _refines(node):
                found[node.name].append(_place(path, node))
    return {name: places for name, places in found.items() if len(places) > 1}


def _refines(node: ast.ClassDef) -> bool:
    """Whether it is its own namesake's child: `class User(base.User)` of one meaning."""
    return any(isinstance(base, ast.Name) and base.id == node.name for base in node.bases)


def empty_functions() -> Places:
    """Public functions at the top of modules whose name says nothing."""
    found: Places = defaultdict(list)
    for path, module in modules(with_tests=False):
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name not in IDIOMS and set(node.name.split("_")) <= NOTHING:
                found[node.name].append(_place(path, node))
    return found


def vague_variables() -> Places:
    """Variables and arguments of code, and names in template tags, that could be anything; a call only repeats them."""
    found: Places = defaultdict(list)
    for path, module in modules(with_tests=True):
        for node in ast.walk(module):
            if (name := _variable(node)) in VAGUE:
                found[name].append(_place(path, node))
    for path in sorted(ROOT.glob("templates/**/*.*")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = [
                word for tag in IN_TAGS.findall(line) for word in re.findall(r"(?<![.\w])\w+", STRINGS.sub("", tag))
            ]
            for name in VAGUE.intersection(words):
                found[name] += [f"{path.relative_to(ROOT)}:{number}"] * words.count(name)
    return found


def _variable(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg or ""
    return ""


def _place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


CHECKS = {
    "classes of one name": colliding_classes,
    "functions whose name says nothing": empty_functions,
    "variables whose name says nothing": vague_variables,
}


def main() -> None:
    """Print what there is; exit with 1 if there is any."""
    most, total = (None if "--all" in sys.argv else 5), 0
    for title, check in CHECKS.items():
        found = check()
        count = sum(map(len, found.values()))
        print(f"{title}: {count}")
        for name, places in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            shown = ", ".join(places[:most]) + (" ..." if len(places) > len(places[:most]) else "")
            print(f"  {len(places):>5} {name}: {shown}")
        total += count
    sys.exit(total > 0)


if __name__ == "__main__":
    main()
