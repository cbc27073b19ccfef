"""The line over the quarter, drawn as SVG: positions are worked out here, colours belong to the style sheet."""

from dataclasses import dataclass
from typing import Any

from django import template

from feedback.queries.recap import QuarterPoint
from questionnaires.distribution import HUNDREDTH, rounded

register = template.Library()

LINE_WIDTH, LINE_TOP, LINE_HEIGHT = 960, 24, 120  # of the line over the quarter
FEW, NARROW = 5, 380  # with so few classes it is drawn as wide as a phone


@dataclass(frozen=True)
class TrendLine:
    """One question's line over the quarter."""

    key: str
    style: int  # 1 or 2: the two line colours, by turns
    points: list[tuple[float, float]]
    means: list[str]

    @property
    def ends(self) -> list[tuple[float, float, str]]:
        """Where it begins, where it has come to, and with which averages."""
        (x, y), (last_x, last_y) = self.points[0], self.points[-1]
        return [(x, y, self.means[0]), (last_x, last_y, self.means[-1])]

    @property
    def path(self) -> str:
        """The line as an SVG path."""
        return "M" + "L".join(f"{x} {y}" for x, y in self.points)


@register.inclusion_tag("feedback/_quarter.html")
def quarter_line(points: list[QuarterPoint]) -> dict[str, Any]:
    """The averages of every frozen survey, one line a question, with its classes named."""
    keys = list(dict.fromkeys(key for point in points for key in point.means))
    values = [float(mean) for point in points for mean in point.means.values()]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    spread = (high - low) or 1.0
    width = NARROW if len(points) <= FEW else LINE_WIDTH
    gap = (width - 130) / max(1, len(points) - 1)

    def place(index: int, mean: float) -> tuple[float, float]:
        return round(20 + index * gap, 1), round(LINE_TOP + LINE_HEIGHT * (high - mean) / spread, 1)

    lines = [
        TrendLine(
            key,
            1 + n % 2,
            [place(i, float(p.means[key])) for i, p in enumerate(points) if key in p.means],
            [str(rounded(p.means[key], HUNDREDTH)) for p in points if key in p.means],
        )
        for n, key in enumerate(keys)
    ]
    return {
        "lines": lines,
        "labels": [(place(index, low)[0], point.meeting.label) for index, point in enumerate(points)],
        "rows": [(p.meeting, [rounded(p.means[k], HUNDREDTH) if k in p.means else "" for k in keys]) for p in points],
        "keys": keys,
        "width": width,
        "is_short": width == NARROW,
        "words": "; ".join(
            f"{key} "
            + ", ".join(f"{p.meeting.label} {rounded(p.means[key], HUNDREDTH)}" for p in points if key in p.means)
            for key in keys
        ),
    }
