"""Charts: where marks are, by property, and what the macros draw, by parsing their SVG."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.pages import Pages
from socle.pages.charts import (
    MARGIN,
    PERCENT,
    PLOT,
    Chart,
    Mark,
    Table,
    band_chart,
    bar_chart,
    column_chart,
    fitting_scale,
)

TEMPLATE = """{% from "parts/charts.html" import column_chart, band_chart, bar_chart, chart_table
with context -%}
<div>{{ {"columns": column_chart, "band": band_chart, "bars": bar_chart}[drawn](
  chart, id="jour", summary="De <50> à 87") }}{{ chart_table(table, id="jour") }}</div>
"""
TABLE = Table("Par jour", ("Jour", "À l'heure"), (("lundi", "87 %"), ("mardi <b>", "–")))
AMOUNTS = st.lists(st.floats(-5_000, 5_000), min_size=1, max_size=40)


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """The pages of a service with one template."""
    folder = tmp_path / "chart_test_service" / "pages"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "chart.html").write_text(TEMPLATE)
    for name in ("texts.toml", "texts.en.toml"):
        (folder / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return Pages("chart_test_service", "pages")


def marks(*amounts: float | None) -> list[Mark]:
    return [Mark(f"m{n}", amount, f"{amount} %") for n, amount in enumerate(amounts)]


def draw(pages: Pages, drawn: str, chart: Chart) -> ET.Element:
    return ET.fromstring(pages.html("chart.html", drawn=drawn, chart=chart, table=TABLE))


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


@given(AMOUNTS)
def test_a_scale_holds_every_amount_and_zero_between_round_ticks(amounts: list[float]) -> None:
    scale = fitting_scale(amounts)
    assert scale.low <= min(0, *amounts) <= max(0, *amounts) <= scale.high
    assert 2 <= len(scale.ticks) <= 7
    assert 0 in scale.ticks
    steps = {round(b - a, 6) for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)}
    assert max(steps) - min(steps) < 1e-5


def test_a_tick_below_zero_has_a_minus_sign() -> None:
    chart = band_chart([Mark("a", -1.5, "−1,5")], fitting_scale([-1.5]), ",")
    assert next(tick.text for tick in chart.ticks) == "\N{MINUS SIGN}1,5"


def test_a_scale_of_counts_has_no_fractions() -> None:
    assert fitting_scale([0, 0], least_step=1).ticks == (0, 1)
    assert fitting_scale([1, 2], least_step=1).ticks == (0, 1, 2)


@given(AMOUNTS)
def test_columns_stand_on_zero_in_order_and_inside(amounts: list[float]) -> None:
    chart = column_chart(marks(*amounts), fitting_scale(amounts))
    right = 0.0
    for place, amount in zip(chart.places, amounts, strict=True):
        assert place.x >= right
        right = place.x + place.width
        assert MARGIN <= place.y <= place.y + place.height <= MARGIN + PLOT + 0.02
        end = place.y + place.height if amount >= 0 else place.y
        assert end == pytest.approx(chart.baseline, abs=0.02)
    assert right <= 100
    assert sum(bool(place.label) for place in chart.places) <= 6


def test_the_height_of_a_column_is_its_amount() -> None:
    half, all_of_it, none = column_chart(marks(50, 100, None), PERCENT).places
    assert (half.height, all_of_it.height, none.height) == (PLOT / 2, PLOT, 0)


def test_an_unknown_amount_is_an_empty_mark_and_stated_in_the_legend(pages: Pages) -> None:
    svg = draw(pages, "columns", column_chart(marks(50, None), PERCENT))
    assert len(of_class(svg, "graphe-plein")) == 1
    assert len(of_class(svg, "graphe-inconnu")) == 2
    (legend,) = of_class(svg, "graphe-legende")
    assert "pas assez d’observations" in "".join(legend.itertext())
    assert "journée en cours" not in "".join(legend.itertext())


def test_an_incomplete_amount_is_hatched_by_a_pattern_of_the_chart(pages: Pages) -> None:
    partial = Mark("m", 40, "40 %", partial=True)
    svg = draw(pages, "columns", column_chart([*marks(50), partial], PERCENT))
    hatched = of_class(svg, "graphe-partiel")[0]
    assert hatched.get("fill") == "url(#jour-hachures)"
    assert [each.get("id") for each in svg.iter("pattern")] == ["jour-hachures"]


def test_amounts_are_written_on_few_columns_only(pages: Pages) -> None:
    few, more, many = (
        draw(pages, "columns", column_chart(marks(*[50] * n), PERCENT)) for n in (6, 8, 30)
    )
    assert len(of_class(few, "graphe-valeur")) == 6
    assert of_class(few, "graphe-large") == []
    assert len(of_class(more, "graphe-large")) == 8, "on wide screens only"
    assert of_class(many, "graphe-valeur") == []


def test_a_line_is_broken_where_an_amount_is_unknown(pages: Pages) -> None:
    known = [Mark(str(n), n, str(n), low=n - 1, high=n + 1) for n in range(2)]
    chart = band_chart([*known, Mark("", None, "?"), *known], fitting_scale([-1, 2]))
    svg = draw(pages, "band", chart)
    assert len(of_class(svg, "graphe-ligne")) == len(of_class(svg, "graphe-bande")) == 2
    assert len(of_class(svg, "graphe-point")) == 4
    points = of_class(svg, "graphe-bande")[0].get("points", "").split()
    upper, lower = [float(each.split(",")[1]) for each in (points[0], points[-1])]
    assert upper < chart.places[0].y < lower


def test_bars_are_as_long_as_their_amounts_and_negative_ones_go_left() -> None:
    scale = fitting_scale([-10, 10])
    plus, minus, unknown = bar_chart(marks(10, -10, None), scale).places
    assert (plus.x, plus.width) == (50, 50)
    assert (minus.x, minus.width) == (0, 50)
    assert unknown.width == 0
    assert plus.y < minus.y < unknown.y


def test_a_long_name_leaves_room_for_its_amount() -> None:
    (place,) = bar_chart(
        [Mark("Les cars de la région Centre-Val de Loire", 1, "trop peu : 12")], PERCENT
    ).places
    assert place.label == "Les cars de la région Ce…"
    assert len(place.label) + len(place.mark.text) <= 38


@pytest.mark.parametrize("drawn", ["columns", "bars"])
def test_a_chart_has_no_inline_style_and_states_itself_in_words(pages: Pages, drawn: str) -> None:
    made = {"columns": column_chart, "bars": bar_chart}[drawn](marks(50, None), PERCENT)
    root = draw(pages, drawn, made)
    assert not any(each.get("style") or each.tag in ("style", "script") for each in root.iter())
    (image,) = [each for each in root.iter() if each.get("role") == "img"]
    assert image.get("aria-label") == "De <50> à 87"
    lengths = [each.get("width", "") for each in root.iter("rect")]
    assert all(re.fullmatch(r"[\d.]+%?", each) for each in lengths)


def test_the_table_has_every_figure_and_a_heading_for_each_row(pages: Pages) -> None:
    root = draw(pages, "bars", bar_chart(marks(1), PERCENT))
    assert [each.text for each in root.iter("td")] == ["87 %", "–"]
    headings = [(each.text, each.get("scope")) for each in root.iter("th")]
    assert headings == [
        ("Jour", "col"),
        ("À l'heure", "col"),
        ("lundi", "row"),
        ("mardi <b>", "row"),
    ]


def test_the_line_that_decides_is_drawn_with_the_band_of_a_single_mark() -> None:
    scale = fitting_scale([-20, 20])
    chart = band_chart([Mark("95", 5.0, "5", low=-10.0, high=20.0)], scale, limit=-20.0)
    assert chart.limit == PLOT + MARGIN
    (band,) = chart.bands
    assert len({point.partition(",")[0] for point in band.split()}) == 2
