"""The blocks of a report, rendered alike as a page and as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass

from socle.pages.charts import Chart


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A bulleted list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    caption: str
    head: tuple[str, ...]
    """The headers of the columns."""
    rows: tuple[tuple[str, ...], ...]
    """The first cell of each row is its header."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link."""

    text: str
    """It contains the address too, for readers on paper."""
    address: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A chart and its table."""

    summary: str
    """What the chart states, for who does not see it."""
    chart: Chart
    notes: tuple[str, ...]
    """How to read it, a paragraph each."""
    table: Table


Block = Heading | Paragraph | Points | Table | Link | Curve


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    title: str
    """Plain text."""
    blocks: Sequence[Block]
