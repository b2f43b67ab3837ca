"""The score curve as an SVG: a dot an image, the mean of the last ones, and its band."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.score_summary import ScoreSummary

WIDTH, HEIGHT = 720, 220
_LEFT, _TOP, _RIGHT, _BOTTOM = 40, 10, 10, 30


def score_curve(points: Sequence[float], summary: ScoreSummary) -> str:
    """An `<svg>` element of the scores, 0..1, in their order."""
    last = max(2, len(points))
    curve = [point for point in summary.curve if math.isfinite(point.mean[0])]
    banded = [point for point in curve if math.isfinite(point.mean[1])]
    parts = [_grid(len(points))]
    if len(banded) > 1:
        top = [_place(point.number, point.mean[2], last) for point in banded]
        bottom = [_place(point.number, point.mean[1], last) for point in banded]
        parts.append(f'<polygon class="band" points="{" ".join([*top, *bottom[::-1]])}"/>')
    line = " ".join(_place(point.number, point.mean[0], last) for point in curve)
    parts.append(f'<polyline class="line" points="{line}"/>')
    for number, value in enumerate(points, start=1):
        if math.isfinite(value):
            x, y = _place(number, value, last).split(",")
            parts.append(
                f'<circle class="dot" cx="{x}" cy="{y}" r="3">'
                f"<title>image {number}: {value:.3f}</title></circle>"
            )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Score of each finished image">'
        f"{''.join(parts)}</svg>"
    )


def _grid(count: int) -> str:
    parts = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _height_of(value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    foot = HEIGHT - 8
    parts.append(f'<text x="{_LEFT}" y="{foot}">first finished image</text>')
    parts.append(
        f'<text x="{WIDTH - _RIGHT}" y="{foot}" text-anchor="end">{count} images finished</text>'
    )
    return "".join(parts)


def _place(number: int, value: float, last: int) -> str:
    x = _LEFT + (number - 1) / (last - 1) * (WIDTH - _LEFT - _RIGHT)
    return f"{x:.1f},{_height_of(value)}"


def _height_of(value: float) -> float:
    return round(HEIGHT - _BOTTOM - min(max(value, 0), 1) * (HEIGHT - _TOP - _BOTTOM), 1)
