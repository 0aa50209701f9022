"""What is stored beside a resource so that searches find it.

Equalities are elements of two arrays of the resource's own row (`hashing`); what is compared or
matched in part are rows of small tables.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class StringRow:
    """A value of a string parameter, or the text of a token (`code:text`), under `parameter`.

    `folded`: as searches compare by default: case, accents and outer space gone (`fold`).
    """

    parameter: str
    folded: str
    exact: str


@dataclass(frozen=True, slots=True)
class UriRow:
    """A value of a uri parameter, for `:above` and `:below`."""

    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class DateRow:
    """A value of a date parameter: the first instant of the range it means and the first after it,
    UTC; None where open. `pair`: `hashing.group_key` of the repeated element it stands in, where a
    composite looks at it, else 0."""

    parameter: str
    low: datetime | None
    high: datetime | None
    pair: int = 0


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A value of a number or quantity parameter. `low` ≤ value < `high`: the range its precision
    means (5.40 is 5.395 to 5.405); either is None where open. `value`: as written, None for a range
    or where it has a comparator (`< 5`). `unit`: `unit_key`, 0 where there is none; `pair`: as in
    DateRow.

    One row for each unit form it answers to (system and code; code or printed unit of any system).
    """

    parameter: str
    low: Decimal | None
    high: Decimal | None
    value: Decimal | None
    unit: int = 0
    pair: int = 0


@dataclass(frozen=True, slots=True)
class Indexed:
    """`tokens`, `refs`: elements of the arrays. `references`: (parameter, type, id) of every
    reference to a resource of ours. `date`: the range of the type's main date
    (`definitions.MAIN_DATE`), which has no row in `dates`; None where it has none. `patients`: ids
    of the Patient compartments it is in. `codes`: those of `tokens` that ask for one code of the
    type's main one (`definitions.MAIN_CODE`), `about`: the `self_key` of the patient such a
    resource is about, None where it is about none.

    A composite has no rows. Of tokens alone it is an element of `tokens` (`composite_element`).
    With a quantity, a date, a number or a text it is the rows of its component's own parameter
    (`component-value-quantity`), each of which stands with what `tokens` holds:
    `tokens @> ARRAY[composite_element ^ row.pair]`; texts stand in the resource itself (pair 0).
    Two rows of one composite (MolecularSequence) stand together by the same `pair`.
    """

    tokens: frozenset[int]
    refs: frozenset[int]
    strings: tuple[StringRow, ...]
    uris: tuple[UriRow, ...]
    dates: tuple[DateRow, ...]
    quantities: tuple[QuantityRow, ...]
    references: tuple[tuple[str, str, str], ...]
    patients: tuple[str, ...]
    date: tuple[datetime | None, datetime | None] | None
    codes: frozenset[int]
    about: int | None
