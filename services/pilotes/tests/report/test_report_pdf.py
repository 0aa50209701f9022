"""The PDF of a report: tagged, drawn with vectors, whatever people wrote."""

import asyncio
import json
import re

import pytest
from report_material import material

from pilotes.report.adapters.report_pdf import _GLYPH_RANGES, _compile, _has_glyph, report_pdf
from pilotes.report.domain.compose import compose_report
from pilotes.report.domain.document import Document, Heading, Paragraph, Points, Table


async def test_the_pdf_draws_vectors_with_their_alternative_texts() -> None:
    drawn = await report_pdf(compose_report(material(did=(125, 200))))
    # The logo and four curves; no picture of pixels.
    assert drawn.count(b"/Alt") == 5
    assert not re.search(rb"/Subtype\s*/Image", drawn)


async def test_the_pdf_is_tagged_and_runs_nothing_that_people_wrote() -> None:
    nasty = '#read("/etc/passwd") $x$ *gras* <b> \\ @ref'
    document = Document(nasty, [Paragraph(nasty), Table(nasty, ("a", "b"), ((nasty, nasty),))])
    drawn = await report_pdf(document)
    assert drawn.startswith(b"%PDF-1.7")
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"pdfuaid"):
        assert part in drawn
    complete_pdf = await report_pdf(compose_report(material(did=(125, 200))))
    assert len(complete_pdf) > 10_000


@pytest.mark.parametrize(
    "text", ["Bus 🚌 à l'heure ✅", "日本", "\ufffe", "\ue000", "हिन्दी", "❌" * 200]
)
async def test_no_character_prevents_a_report_from_being_drawn(text: str) -> None:
    blocks = (
        Heading(text),
        Paragraph(text),
        Points((text,)),
        Table(text, ("a",), ((text,),)),
    )
    drawn = await report_pdf(Document(text, blocks))
    assert b"pdfuaid" in drawn


def test_what_remains_of_an_undrawable_text_can_be_drawn() -> None:
    every = (chr(each) for first, last in _GLYPH_RANGES for each in range(first, last + 1))
    drawable = " ".join(each for each in every if _has_glyph(each))
    block = {"kind": "paragraph", "text": drawable}
    assert _compile(json.dumps({"title": "Tout", "blocks": [block]})).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("rows", "reason", "pages"), [(300, "—", 7), (10, "a\n" * 50, 9), (10, "mot " * 900, 9)]
)
async def test_no_row_of_a_long_table_is_lost_at_the_foot_of_a_page(
    rows: int, reason: str, pages: int
) -> None:
    table = Table(
        "Les décisions", ("Date", "Décision", "Motif"), (("1er mars", "pause", reason),) * rows
    )
    drawn = await report_pdf(Document("Long", [table]))
    assert len(re.findall(rb"/Type\s*/Page\b", drawn)) >= pages


def test_a_pdf_of_every_report_can_be_drawn() -> None:
    for did in ((125, 125), (0, 250)):
        assert asyncio.run(report_pdf(compose_report(material(did=did))))
