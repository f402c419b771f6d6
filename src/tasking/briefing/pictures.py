"""Draws the district as a map and eight weeks as bar charts (the strip), from the Briefing value alone.

Incidents are shown in cells of about 0.7 km2, so that no house can be identified; restricted matters are not in the
value at all. Shades differ in lightness, so that a greyscale print shows the same.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import structlog

from tasking.briefing.message import cut, plural, span
from tasking.model.briefing import Briefing, MapCell, Trend
from tasking.model.errors import traceback_without_values
from tasking.model.picture import Picture

log = structlog.get_logger(__name__)

_INK, _SOFT, _LINE, _TODAY = "#14213d", "#55607a", "#9aa4b8", "#8f1d14"
_SHADES: Final = ("#c9d9ee", "#9dbce2", "#6a97cf", "#3a6cad", "#1b3a6b")  # each clearly darker than the one before
_STEPS: Final = (1, 2, 4, 7, 12)  # incidents in 28 days from which a shade is used
_DPI: Final = 110
_MOST_NAMES: Final = 12


@dataclass(frozen=True)
class Geography:
    """The folder with wards.geojson and towns.csv."""

    folder: Path

    @cached_property
    def wards(self) -> list[list[tuple[float, float]]]:
        """Outer rings of the wards, longitude and latitude."""
        import json

        rings = []
        for feature in json.loads((self.folder / "wards.geojson").read_text(encoding="utf-8"))["features"]:
            shape = feature["geometry"]
            polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
            rings += [[(x, y) for x, y, *_ in polygon[0]] for polygon in polygons]
        return rings

    @cached_property
    def towns(self) -> list[tuple[str, float, float]]:
        """Name, latitude and longitude, the largest first."""
        import csv

        with (self.folder / "towns.csv").open(encoding="utf-8", newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: (-float(row["radius_m"]), row["town"]))
        return [(row["town"], float(row["latitude"]), float(row["longitude"])) for row in rows]


def draw_pictures(
    briefing: Briefing, geography: Geography, on_failure: Callable[[str], object] = lambda _name: None
) -> tuple[Picture, ...]:
    """The map, and the strip once there is history, as PNG. The same briefing gives the same bytes.

    A picture that can't be drawn is left out, so that the text is still sent; `on_failure` is called with its name.
    """
    wanted: list[tuple[str, Callable[[], Picture]]] = [("the map", lambda: draw_map(briefing, geography))]
    if briefing.trends:
        wanted.append(("the strip of eight weeks", lambda: draw_strip(briefing)))
    drawn = []
    for name, draw in wanted:
        try:
            drawn.append(draw())
        except Exception as error:  # of a library, a font or a file: the text is sent all the same
            log.error("a picture could not be drawn", picture=name, where=traceback_without_values(error))
            on_failure(name)
    return tuple(drawn)


def draw_map(briefing: Briefing, geography: Geography) -> Picture:
    """Ward outlines, heat of the last 28 days, and a numbered disc for each cell with incidents of the day."""
    import h3
    from matplotlib.collections import PolyCollection

    figure, axes = _figure(6.8, 7.6)
    axes.set_aspect(1.6)  # the ratio of a degree of latitude to one of longitude at 51 degrees north
    axes.add_collection(PolyCollection(geography.wards, facecolors="#f6f7fa", edgecolors="none", zorder=1))
    shades = {cell.cell: _shade(cell.recent) for cell in briefing.map_cells}
    corners = [[(x, y) for y, x in h3.cell_to_boundary(cell)] for cell in shades]
    axes.add_collection(PolyCollection(corners, facecolors=list(shades.values()), edgecolors="white", lw=0.4, zorder=2))
    axes.add_collection(PolyCollection(geography.wards, facecolors="none", edgecolors=_LINE, lw=0.8, zorder=3))
    _name_towns(axes, geography, [h3.cell_to_latlng(one.cell) for one in briefing.map_cells if one.today])
    for one in briefing.map_cells:
        if one.today:
            y, x = h3.cell_to_latlng(one.cell)
            axes.plot(x, y, "o", ms=14, mfc=_TODAY, mec="white", mew=1.2, zorder=5)
            axes.annotate(
                str(one.today), (x, y), color="white", weight="bold", size=8, ha="center", va="center", zorder=6
            )
    axes.autoscale_view()
    axes.set_axis_off()
    _map_legend(axes)
    today = sum(cell.today for cell in briefing.map_cells)
    title = f"Where: {briefing.day:%a} {briefing.day.day} {briefing.day:%b}"
    axes.set_title(
        f"{title}, {plural(today, 'incident')} with a position", loc="left", color=_INK, size=12, weight="bold"
    )
    return Picture("map", title, _map_words(briefing.map_cells, today), _png(figure))


def draw_strip(briefing: Briefing) -> Picture:
    """Eight weeks of the main categories, a bar a day; the usual range shaded, days with a missing feed hatched."""
    rows = len(briefing.trends)
    figure, panels = _figure(8.2, 1.1 + 1.05 * rows, rows)
    for axes, trend in zip(panels, briefing.trends, strict=True):
        _strip(axes, trend)
    _date_axis(panels[-1], briefing)
    title = "Eight weeks of the main categories"
    panels[0].set_title(title, loc="left", color=_INK, size=12, weight="bold", pad=22)
    panels[0].annotate(
        "bar: incidents a day, dark: this briefing · shaded: usual on 8 of 10 days · hatched: a feed was missing",
        (0, 1.06), xycoords="axes fraction", color=_SOFT, size=8,
    )  # fmt: skip
    return Picture("strip", title, _strip_words(briefing.trends, len(briefing.covers)), _png(figure))


def _strip(axes: Any, trend: Trend) -> None:
    covered = len(trend.days)
    known = [(at, count) for at, count in enumerate(trend.days) if count is not None]
    axes.axhspan(trend.usual[0] - 0.08, trend.usual[1] + 0.08, color="#e3e8f1", zorder=1)
    for at, count in enumerate(trend.days):
        if count is None:
            axes.axvspan(at - 0.5, at + 0.5, facecolor="none", edgecolor="#c3cad8", hatch="////", lw=0, zorder=1)
    colours = [_INK if at >= 56 else _SHADES[2] for at, _ in known]
    axes.bar([at for at, _ in known], [count for _, count in known], width=0.8, color=colours, zorder=2)
    axes.set_xlim(-0.6, covered - 0.4)
    top = max([count for _, count in known] + [trend.usual[1], 1])
    axes.set_ylim(0, top * 1.15)
    axes.set_yticks([0, top])
    axes.set_xticks([])
    axes.tick_params(length=0, labelsize=8, colors=_SOFT)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    usual = f"\nusual {span(trend.usual)}"
    axes.set_ylabel(
        cut(trend.label, 24) + usual, rotation=0, ha="right", va="center", labelpad=22, size=8.5, color=_INK
    )


def _date_axis(axes: Any, briefing: Briefing) -> None:
    first = briefing.covers[0] - timedelta(weeks=8)
    ticks = list(range(0, 57, 14))
    axes.set_xticks(ticks, [f"{first + timedelta(days=at):%d %b}" for at in ticks], size=8, color=_SOFT)


def _name_towns(axes: Any, geography: Geography, discs: Sequence[tuple[float, float]]) -> None:
    """Names the largest towns, except where a name would overlap another or a disc."""
    placed: list[tuple[float, float]] = []
    for name, latitude, longitude in geography.towns:
        near = any(abs(latitude - y) < 0.014 and abs(longitude - x) < 0.055 for y, x in placed)
        if near or len(placed) == _MOST_NAMES:
            continue
        placed.append((latitude, longitude))
        is_covered = any(abs(latitude - y) < 0.009 and abs(longitude - x) < 0.02 for y, x in discs)
        text = axes.annotate(
            name, (longitude, latitude), xytext=(0, 14 if is_covered else 0), textcoords="offset points",
            ha="center", va="center", size=8, color=_INK, zorder=7,
        )  # fmt: skip
        _halo(text)


def _halo(text: Any) -> None:
    from matplotlib.patheffects import withStroke

    text.set_path_effects([withStroke(linewidth=2.2, foreground="white")])


def _map_legend(axes: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    ends = [f"{low}" if low + 1 == high else f"{low} to {high - 1}" for low, high in pairwise(_STEPS)]
    handles: list[Any] = [
        Line2D([], [], marker="o", ls="", ms=10, mfc=_TODAY, mec="white", label="in this briefing (number)")
    ]
    handles += [
        Patch(color=shade, label=f"{words} in 28 days")
        for shade, words in zip(_SHADES, [*ends, f"{_STEPS[-1]} or more"], strict=True)
    ]
    handles.append(Line2D([], [], color=_LINE, lw=1, label="ward"))
    axes.legend(
        handles=handles,
        loc="lower right",
        fontsize=8,
        frameon=True,
        facecolor="white",
        edgecolor="#d8dde8",
        labelcolor=_INK,
    )
    axes.annotate(
        "Cells of about 0.7 km², public matters only. Contains OS and National Statistics data © Crown copyright.",
        (0, -0.02), xycoords="axes fraction", size=7, color=_SOFT,
    )  # fmt: skip


def _map_words(cells: Sequence[MapCell], today: int) -> str:
    busy = sum(1 for cell in cells if cell.today)
    recent = sum(cell.recent for cell in cells)
    return (
        f"Map of the district by ward. {plural(today, 'incident')} of this briefing in {plural(busy, 'cell')} of about "
        f"0.7 square kilometres; shading shows {recent} incidents of the last 28 days. The same incidents are listed "
        "by area."
    )


def _strip_words(trends: Sequence[Trend], covered: int) -> str:
    parts = []
    for trend in trends:
        counts = [count for count in trend.days[-covered:] if count is not None]
        counted = sum(counts) if counts else "not complete"
        parts.append(f"{cut(trend.label, 40)} {counted}, usual {span(trend.usual)} a day")
    return "Incidents a day over eight weeks. In this briefing: " + "; ".join(parts) + "."


def _shade(count: int) -> str:
    return _SHADES[max(at for at, low in enumerate(_STEPS) if count >= low)]


def _figure(width: float, height: float, rows: int | None = None) -> tuple[Any, Any]:
    """A figure and its axes, without pyplot: nothing global, nothing kept open."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    if rows is None:
        return figure, figure.add_subplot()
    return figure, list(figure.subplots(rows, 1, squeeze=False)[:, 0])


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
