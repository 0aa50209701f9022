"""The index entries of a resource.

Equalities are elements of two arrays of the resource row (`index_keys`); comparisons and partial
matches are rows of separate tables. A row is a named tuple, which is made several times faster than
a dataclass.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

BASE_UNITS: Final = ":base"
"""Added to the code of a quantity parameter, for rows in base units."""


class StringRow(NamedTuple):
    """A value of a string parameter, or the text of a token."""

    parameter: str
    """Its code; `code:text` for the text of a token."""
    folded: str
    """The value after `fold`, as searches compare it by default."""
    exact: str
    """The value as written."""


class UriRow(NamedTuple):
    """A value of a uri parameter, for `:above` and `:below`."""

    parameter: str
    value: str


class DateRow(NamedTuple):
    """A value of a date parameter: the range [low, high) of instants, by its precision."""

    parameter: str
    low: datetime | None
    """In UTC; None: open."""
    high: datetime | None
    """As `low`."""
    pair: int = 0
    """The `group_key` of the repeated element it comes from, for composites; else 0."""


class QuantityRow(NamedTuple):
    """A value of a number or quantity parameter.

    There is one row for each form of its unit: system and code; code or printed unit of any system.
    For a unit of UCUM, the first is instead a row in base units, of the parameter `code:base`.
    """

    parameter: str
    """Its code; `code:base` in base units."""
    low: Decimal | None
    """Start of the range [low, high) by its precision (5.40: 5.395 to 5.405); None: open."""
    high: Decimal | None
    """End of that range; None: open."""
    value: Decimal | None
    """The number as written; None for a range, or with a comparator (`< 5`)."""
    unit: int = 0
    """Its `unit_key`; 0: without unit. In base units, the `dimension_key`."""
    pair: int = 0
    """As in DateRow."""


@dataclass(frozen=True, slots=True)
class IndexEntries:
    """All index entries of one version of a resource.

    A composite has no rows of its own. One of tokens only is an element of `tokens`
    (`composite_element`). One with a quantity, a date, a number or a string matches the rows of the
    component's parameter (`component-value-quantity`) for which `tokens` contains
    `composite_element ^ row.pair`; strings have the pair 0. Two rows of one composite
    (MolecularSequence) must have the same `pair`.
    """

    tokens: frozenset[int]
    """Elements of the array `tokens`."""
    refs: frozenset[int]
    """Elements of the array `refs`."""
    strings: tuple[StringRow, ...]
    uris: tuple[UriRow, ...]
    dates: tuple[DateRow, ...]
    quantities: tuple[QuantityRow, ...]
    references: tuple[tuple[str, str, str], ...]
    """(parameter, type, id) of every local reference."""
    patients: tuple[str, ...]
    """The ids of the Patient compartments it is in."""
    date: tuple[datetime | None, datetime | None] | None
    """The range of the main date (`definitions.MAIN_DATE`), which has no row in `dates`."""
    codes: frozenset[int]
    """The elements of `tokens` for the values of the main code (`definitions.MAIN_CODE`)."""
    about: int | None
    """The `self_key` of the patient that a resource with a main code is about."""
    definitions: int = 0
    """The key of the uploaded search parameters that the entries are of; 0: none are uploaded."""


def keys_alone(tokens: frozenset[int], refs: frozenset[int]) -> IndexEntries:
    """The entries that the row of a resource has, without those of other tables."""
    return IndexEntries(
        tokens=tokens,
        refs=refs,
        strings=(),
        uris=(),
        dates=(),
        quantities=(),
        references=(),
        patients=(),
        date=None,
        codes=frozenset(),
        about=None,
    )
