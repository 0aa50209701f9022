"""A report as tagged PDF (PDF/UA-1), by Typst with its own fonts.

The template, `report.typ`, receives texts as data and never parses them as markup. PDF/UA requires
that every character has a glyph; Typst's fonts have neither emoji nor every script, so that a
character without a glyph is replaced by a square. Charts are vectors with the geometry of the page;
their alternative text is what they state.
"""

import asyncio
import json
import unicodedata
from importlib.resources import files
from typing import Any, Final

import typst

from pilotes.report.domain.document import (
    Block,
    Curve,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Table,
)
from socle.pages import typeset
from socle.pages.charts import Chart

# A table of at most so many rows and characters fills less than a quarter of a page: it is not
# broken over two pages. A longer one is broken between rows, so that no page stays half empty.
_ROWS: Final = 6
_LETTERS: Final = 600
_CELL: Final = 900
"""Characters from which a cell is itself broken over two pages."""
_LINE: Final = 60
"""Characters that a line break in a cell counts for."""
_WIDEST: Final = 36
"""Characters from which a column is not wider."""
_LEAST_WIDTH: Final = 6
"""Characters that each column gets besides those of its texts."""
_MISSING: Final = "\u25a1"
_GLYPH_RANGES: Final = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2027),
    (0x202F, 0x203A), (0x20A0, 0x20BF), (0x2190, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip
"""Unicode ranges of the fonts: Latin, Greek, Cyrillic, punctuation, currencies, arrows,
mathematics, shapes."""
_TEMPLATE: Final = (files("pilotes.report.adapters") / "report.typ").read_bytes()
_LOGO: Final = (files("pilotes") / "pages" / "parts" / "logo.svg").read_text()
_PUBLISHER: Final = "Région Lab, les essais de la région"
"""At the foot of each page."""


async def report_pdf(document: Document) -> bytes:
    """The PDF of a report, made in a thread."""
    content = {"title": document.title, "blocks": [_block(each) for each in document.blocks]}
    return await asyncio.to_thread(
        _compile_report, typeset(json.dumps(content, ensure_ascii=False), "fr")
    )


def _compile_report(report: str) -> bytes:
    try:
        return _compile(report)
    except typst.TypstError:
        return _compile("".join(each if _has_glyph(each) else _MISSING for each in report))


def _has_glyph(each: str) -> bool:
    """Whether the fonts certainly have a glyph for that character."""
    within = any(first <= ord(each) <= last for first, last in _GLYPH_RANGES)
    return within and unicodedata.category(each) != "Cn"


def _compile(report: str) -> bytes:
    pdf = typst.compile(
        _TEMPLATE,
        format="pdf",
        sys_inputs={"report": report, "logo": _LOGO, "publisher": _PUBLISHER},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    assert isinstance(pdf, bytes)
    return pdf


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text):
            return {"kind": "heading", "text": text}
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Points(items):
            return {"kind": "points", "items": items}
        case Link(text, address):
            return {"kind": "link", "text": text, "address": address}
        case Table():
            return _table(block)
        case Curve(summary, chart, notes, table):
            return {
                "kind": "curve",
                "summary": summary,
                "chart": _chart(chart),
                "notes": notes,
                "table": _table(table),
            }


def _table(table: Table) -> dict[str, Any]:
    cells = [cell for row in table.rows for cell in row]
    letters = sum(map(_length, cells))
    return {
        "kind": "table",
        "caption": table.caption,
        "widths": [_width(each) for each in zip(table.head, *table.rows, strict=True)],
        "head": table.head,
        "cells": [{"text": each, "long": _length(each) > _CELL} for each in cells],
        # An unbroken table longer than a page would be cut off.
        "long": len(table.rows) > _ROWS or letters > _LETTERS,
    }


def _width(column: tuple[str, ...]) -> int:
    """The share of the page that a column takes, by its longest text."""
    return min(max(len(each) for each in column), _WIDEST) + _LEAST_WIDTH


def _length(cell: str) -> int:
    return len(cell) + _LINE * cell.count("\n")


def _chart(chart: Chart) -> dict[str, Any]:
    """The geometry of a band chart: x in percent of its width, y in pixels."""
    return {
        "height": chart.height,
        "baseline": chart.baseline,
        "limit": chart.limit,
        "ticks": [{"y": each.y, "text": each.text} for each in chart.ticks],
        "bands": [_points(each) for each in chart.bands],
        "lines": [_points(each) for each in chart.lines],
        "marks": [
            {
                "x": each.middle,
                "y": each.y,
                "text": each.mark.text,
                "label": each.label,
                "label_x": each.label_x,
                "anchor": each.anchor,
            }
            for each in chart.places
        ],
        # Paper has the room of a wide screen.
        "amounts": chart.amounts != "none",
    }


def _points(outline: str) -> list[tuple[float, float]]:
    """The points of a line or a band, whose width is 1,000."""
    pairs = (each.split(",") for each in outline.split())
    return [(float(x) / 10, float(y)) for x, y in pairs]
