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


Block = Heading | Paragraph | Points | Table | Link


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    title: str
    """Plain text."""
    blocks: Sequence[Block]
