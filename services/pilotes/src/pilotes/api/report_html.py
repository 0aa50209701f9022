"""A report as the HTML of a page: headings in order, tables with captions and named cells."""

from pilotes.domain.report.document import Block, Document, Heading, Paragraph, Points, Table
from socle.http.pages import text


def report_html(document: Document, *, pdf: str) -> str:
    """The body. `pdf`: where the same is as PDF."""
    link = f'<p><a href="{text(pdf)}">Le même rapport en PDF, accessible</a></p>'
    return link + "\n".join(_block(each) for each in document.blocks)


def _block(block: Block) -> str:
    match block:
        case Heading(said):
            return f"<h2>{text(said)}</h2>"
        case Paragraph(said):
            return f"<p>{text(said)}</p>"
        case Points(items):
            return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in table.head)
    rows = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>'
        + "".join(f"<td>{text(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f"<table><caption>{text(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
