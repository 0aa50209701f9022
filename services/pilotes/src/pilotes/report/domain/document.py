"""What a report is made of; pages and PDF draw the same."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`caption`: what it shows; the first cell of a row names it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is; `text` says it on paper too."""

    text: str
    address: str


Block = Heading | Paragraph | Points | Table | Link


@dataclass(frozen=True, slots=True)
class Document:
    """A report. `title`: plain text."""

    title: str
    blocks: Sequence[Block]
