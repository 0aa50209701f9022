"""The blocks of a report, rendered alike as a page and as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass


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
    """The first cell of a row is its header."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An address; `text` contains it too, for print."""

    text: str
    address: str


Block = Heading | Paragraph | Points | Table | Link


@dataclass(frozen=True, slots=True)
class Document:
    """A report. `title`: plain text."""

    title: str
    blocks: Sequence[Block]
