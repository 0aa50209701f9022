"""A report as tagged PDF (PDF/UA-1), by Typst with its own fonts.

The template receives texts as data and never parses them as markup. PDF/UA requires that every
character has a glyph; Typst's fonts have neither emoji nor every script, so that a character
without a glyph is replaced by a square.
"""

import asyncio
import json
import unicodedata
from typing import Any, Final

import typst

from pilotes.report.domain.document import Block, Document, Heading, Link, Paragraph, Points, Table
from socle.pages import typeset

# A table of at most so many rows and characters fills less than half a page: it is not broken over
# two pages.
_ROWS: Final = 12
_LETTERS: Final = 1200
_LINE: Final = 60
"""Characters that a line break in a cell counts for."""
_MISSING: Final = "\u25a1"
_GLYPH_RANGES: Final = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2027),
    (0x202F, 0x203A), (0x20A0, 0x20BF), (0x2190, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip
"""Unicode ranges of the fonts: Latin, Greek, Cyrillic, punctuation, currencies, arrows,
mathematics, shapes."""
_TEMPLATE: Final = """
#let report = json(bytes(sys.inputs.report))
#set document(title: report.title, date: none)
#set text(lang: "fr", region: "FR", size: 10.5pt)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 / 1")
#set heading(numbering: none)
#show table.cell.where(y: 0): strong
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.caption: set align(left)
#set table(stroke: 0.5pt + luma(160), inset: 5pt)
#title(report.title)
#for part in report.blocks {
  if part.kind == "heading" { heading(level: 1, part.text) }
  else if part.kind == "paragraph" { par(part.text) }
  else if part.kind == "link" { par(link(part.address, part.text)) }
  else if part.kind == "points" { list(..part.items.map(text)) }
  else {
    // A table longer than a page goes on on the next one, under its header again.
    show figure: set block(breakable: part.long)
    figure(kind: table, supplement: none, numbering: none, caption: part.caption,
      table(columns: (1.4fr,) + (part.columns - 1) * (1fr,), align: left,
        table.header(..part.head.map(text)), ..part.cells.map(text)))
  }
}
"""


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
        _TEMPLATE.encode(),
        format="pdf",
        sys_inputs={"report": report},
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
            cells = [cell for row in block.rows for cell in row]
            letters = sum(len(each) + _LINE * each.count("\n") for each in cells)
            return {
                "kind": "table",
                "caption": block.caption,
                "columns": len(block.head),
                "head": block.head,
                "cells": cells,
                # An unbroken table longer than a page would be cut off.
                "long": len(block.rows) > _ROWS or letters > _LETTERS,
            }
