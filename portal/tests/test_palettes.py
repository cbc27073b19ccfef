"""Every colour pair that text or a control is drawn in can be read, in each palette, light and dark."""

import re
from pathlib import Path

import pytest

from courses.models import Course

CSS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text()
PALETTES = ["purple", "blue", "teal", "green", "ochre", "rust", "crimson", "slate"]
TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2: 1.4.3 for text, 1.4.11 for the edge of a control and the lines of a chart
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "muted", "accent", "danger") for ground in ("bg", "surface")],
    *[(ink, "wash", TEXT) for ink in ("ink", "muted", "accent", "danger")],
    *[(ink, f"{tone}-wash", TEXT) for tone in ("warn", "danger", "good") for ink in (tone, "ink", "accent")],
    ("on-accent", "accent", TEXT),
    ("on-accent", "second", TEXT),
    ("second", "bg", TEXT),
    *[("edge", ground, SHAPE) for ground in ("bg", "surface")],
    ("accent", "line", SHAPE),
]


def tokens(palette: str, mode: int) -> dict[str, str]:
    """The colours of one palette: 0 for light, 1 for dark."""
    found = {}
    for selector in (":root", f".accent-{palette}"):
        rule = re.search(rf"^{re.escape(selector)} {{(.*?)}}", CSS, re.M | re.S)
        assert rule, f"tokens.css has no rule for {selector}"
        for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", rule[1]):
            found[name] = pair[mode]
    return found


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known near miss
    assert contrast("#4b2e83", "#4b2e83") == 1


def test_a_course_can_choose_exactly_the_palettes_of_the_css():
    assert sorted(re.findall(r"^\.accent-(\w+)", CSS, re.M)) == sorted(PALETTES) == sorted(Course.Accent.values)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("palette", PALETTES)
def test_every_pair_can_be_read(palette: str, mode: int):
    colours = tokens(palette, mode)
    measured = [(a, b, round(contrast(colours[a], colours[b]), 2), least) for a, b, least in PAIRS]
    assert [m for m in measured if m[2] < m[3]] == []


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("palette", PALETTES)
def test_the_two_lines_of_a_chart_differ(palette: str, mode: int):
    colours = tokens(palette, mode)
    parts = [[int(colours[name][i : i + 2], 16) for i in (1, 3, 5)] for name in ("accent", "second")]
    assert sum(abs(a - b) for a, b in zip(*parts, strict=True)) > 90
