"""`script/names.py` finds names that say nothing, or two things."""

from importlib import import_module

from django.conf import settings

PLANTED = {
    "accounts/models.py": "class Line:\n    class State:\n        pass\n\n\ndef accept(swap):\n    return swap\n",
    "mail/models.py": "class Line:\n    def of(self):\n        pass\n\n    class State: ...\n\n\nclass Command: ...\n",
    "mail/admin.py": "class Command: ...\n\n\ndef of(held):\n    [one for one in held]\n\n\ndef is_over(): ...\n",
    "mail/tests/test_lines.py": "def of():\n    told = 1\n",
}


def test_names_that_say_nothing_or_two_things_are_found(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(settings.BASE_DIR / "script")
    names = import_module("names")
    monkeypatch.setattr(names, "ROOT", tmp_path)
    for name, text in {**PLANTED, "accounts/__init__.py": "", "mail/__init__.py": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        'one {% for one in told.said %}{{ rows|first:"held" }}{% endfor %}'
    )
    assert names.colliding_classes() == {"Line": ["accounts/models.py:1", "mail/models.py:1"]}
    assert names.empty_functions() == {"of": ["mail/admin.py:4"]}
    assert {name: len(places) for name, places in names.vague_variables().items()} == {"held": 2, "one": 3, "told": 2}
