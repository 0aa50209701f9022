"""A report as the HTML of a page: headings in order, tables with captions and named cells.

A table that is wider than the screen scrolls alone, by keyboard too: its frame takes the focus
(WCAG 2.1.1). Its name is its caption's.
"""

from pilotes.french.domain import tied
from pilotes.report.domain.document import Block, Document, Heading, Link, Paragraph, Points, Table
from socle.http.pages import text


def report_html(document: Document, *, pdf: str) -> str:
    """The body. `pdf`: where the same is as PDF."""
    link = f'<p><a href="{text(pdf)}">Le même rapport en PDF, accessible</a></p>\n'
    return link + "\n".join(_block(each, at) for at, each in enumerate(document.blocks))


def _block(block: Block, at: int) -> str:
    match block:
        case Heading(said):
            return f"<h2>{_said(said)}</h2>"
        case Paragraph(said):
            return f"<p>{_said(said)}</p>"
        case Points(items):
            return "<ul>" + "".join(f"<li>{_said(item)}</li>" for item in items) + "</ul>"
        case Link(said, address):
            return f'<p><a href="{text(address)}">{_said(said)}</a></p>'
        case Table():
            return _table(block, at)


def _table(table: Table, at: int) -> str:
    head = "".join(f'<th scope="col">{_said(each)}</th>' for each in table.head)
    rows = "".join(
        f'<tr><th scope="row">{_said(row[0])}</th>'
        + "".join(f"<td>{_said(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="cadre" role="group" tabindex="0" aria-labelledby="tableau-{at}">'
        f'<table><caption id="tableau-{at}">{_said(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _said(words: str) -> str:
    return text(tied(words))
