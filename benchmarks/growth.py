"""Draws how the time of a search grows with the library, as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 300, 60, 40, 20
GOALS = ((60, "goal, P50"), (120, "goal, P99"))
MOST_MS = 140


def plot(points: Sequence[tuple[int, float, float]]) -> str:
    """Return an SVG of (rows, P50, P99) in milliseconds; rows on a logarithmic axis."""
    first, last = log10(points[0][0]), log10(max(points[-1][0], 10 * points[0][0]))

    def x(rows: float) -> float:
        return LEFT + (WIDTH - LEFT - 90) * (log10(rows) - first) / (last - first)

    def y(ms: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(ms, MOST_MS) / MOST_MS

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="14">one warm search, milliseconds</text>',
    ]
    right = WIDTH - 90
    for ms in range(0, MOST_MS + 1, 20):
        parts.append(f'<path d="M{LEFT} {y(ms):.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(ms) + 4:.1f}" text-anchor="end">{ms}</text>')
    for ms, name in GOALS:
        line = f'<path d="M{LEFT} {y(ms):.1f}H{right}" stroke="#888" stroke-dasharray="5 4"/>'
        parts.append(f'{line}<text x="{right + 6}" y="{y(ms) + 4:.1f}" fill="#666">{name}</text>')
    for column, name, colour in ((1, "P50", "#1f6f8b"), (2, "P99", "#c8553d")):
        places = [(x(point[0]), y(point[column])) for point in points]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
        a, b = places[-1]
        parts.append(f'<text x="{a + 8:.1f}" y="{b + 4:.1f}" fill="{colour}">{name}</text>')
    for rows, *_ in points:
        at = f'x="{x(rows):.1f}" y="{HEIGHT - BOTTOM + 18}"'
        parts.append(f'<text {at} text-anchor="middle">{rows:,}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">windows in the library</text></svg>')
    return "\n".join(parts) + "\n"
