"""A report as HTML: headings in order, tables with captions and header cells.

A table wider than the screen scrolls inside its frame, by keyboard too: the frame takes the focus
(WCAG 2.1.1) and is labelled by the caption.
"""

from pilotes.french.domain import without_breaks
from pilotes.report.domain.document import Block, Document, Heading, Link, Paragraph, Points, Table
from socle.http.pages import text


def report_html(document: Document, *, pdf: str) -> str:
    """The body of the page. `pdf`: the address of the PDF."""
    link = f'<p><a href="{text(pdf)}">Le même rapport en PDF, accessible</a></p>\n'
    return link + "\n".join(_block(each, at) for at, each in enumerate(document.blocks))


def _block(block: Block, at: int) -> str:
    match block:
        case Heading(content):
            return f"<h2>{_escape(content)}</h2>"
        case Paragraph(content):
            return f"<p>{_escape(content)}</p>"
        case Points(items):
            return "<ul>" + "".join(f"<li>{_escape(item)}</li>" for item in items) + "</ul>"
        case Link(content, address):
            return f'<p><a href="{text(address)}">{_escape(content)}</a></p>'
        case Table():
            return _table(block, at)


def _table(table: Table, at: int) -> str:
    head = "".join(f'<th scope="col">{_escape(each)}</th>' for each in table.head)
    rows = "".join(
        f'<tr><th scope="row">{_escape(row[0])}</th>'
        + "".join(f"<td>{_escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="cadre" role="group" tabindex="0" aria-labelledby="tableau-{at}">'
        f'<table><caption id="tableau-{at}">{_escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _escape(words: str) -> str:
    return text(without_breaks(words))
