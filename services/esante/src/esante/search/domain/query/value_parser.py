"""Parses values of search parameters: escapes and separators, tokens, dates, numbers, quantities.

https://hl7.org/fhir/R4/search.html#escaping https://hl7.org/fhir/R4/search.html#prefix
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import Final, get_args

from esante.core.domain.ucum.conversion import UCUM, Conversion, conversion_of
from esante.search.domain.near import Circle
from esante.search.domain.query.criteria import AmountTest, DateTest, Prefix
from esante.search.domain.ranges import date_range, number_range
from esante.store.domain.index_keys import dimension_key, unit_key
from socle.errors import Refusal

_PREFIXES: Final[tuple[str, ...]] = get_args(Prefix)
_PREFIX: Final = re.compile(r"([a-z]{2})([-+0-9].*)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\([\\,$|])")
# The same bounds as for numbers in a resource.
_NUMBER: Final = re.compile(r"[+-]?\d{1,200}(?:\.\d{1,200})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_UNREPRESENTABLE: Final = (None, None)
"""The range of an instant outside the years 1 to 9999, as `0001-01-01T00:00:00+14:00`."""
_EXACT: Final = Context(prec=500)
_TOLERANCE: Final = Decimal("0.1")
"""Of `ap`, as a share of the number."""

_NEAR: Final = Decimal(10)
"""Kilometres that are near, without a distance."""
_FARTHEST: Final = 20_040_000
"""Metres between two points on Earth."""


@dataclass(frozen=True, slots=True)
class Token:
    """A value of a token parameter."""

    system: str | None
    """None: any; "": none."""
    code: str | None
    """None: any code of the system."""


def split_escaped(text: str, separator: str) -> list[str]:
    """The text split at each unescaped separator; the parts are still escaped."""
    found, start, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == separator:
            found.append(text[start:place])
            start = place + 1
        place += 1
    return [*found, text[start:]]


def unescape(text: str) -> str:
    """The text with each escaped comma, dollar, bar or backslash replaced by the character."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def read_token(text: str) -> Token:
    """Parse `code`, `system|code`, `|code` or `system|`. Raises Refusal if malformed."""
    parts = [unescape(piece) for piece in split_escaped(text, "|")]
    if len(parts) == 1 and parts[0]:
        return Token(None, parts[0])
    if len(parts) == 2 and any(parts):
        return Token(parts[0], parts[1] or None)
    raise Refusal("invalid", f"« {text} » n'est pas un code : écrivez code ou système|code.")


def read_of_type(text: str) -> tuple[str, str, str]:
    """Parse `system|code|value`, of an identifier's type and value. Raises Refusal if malformed."""
    parts = [unescape(piece) for piece in split_escaped(text, "|")]
    if len(parts) != 3 or not all(parts):
        raise Refusal("invalid", f"« {text} » doit s'écrire système|code|valeur.")
    return parts[0], parts[1], parts[2]


def read_date(text: str, *, now: datetime) -> DateTest:
    """Parse a date or an instant with its prefix; UTC without an offset.

    `now`: for `ap`, whose tolerance is a tenth of the time between now and the date. Raises Refusal
    if malformed.
    """
    prefix, rest = read_prefix(text)
    # A "+" that was not percent-encoded has been decoded as a space.
    found = date_range(rest.replace(" ", "+"))
    if found in (None, _UNREPRESENTABLE):
        raise Refusal(
            "invalid",
            f"« {rest} » n'est pas une date : écrivez AAAA, AAAA-MM, AAAA-MM-JJ ou un instant.",
        )
    low, high = found
    if prefix == "ap":
        gap = abs(now - (low or high or now)) / 10
        low, high = _shift(low, -gap), _shift(high, gap)
    return DateTest(prefix, low, high)


def _shift(instant: datetime | None, by: timedelta) -> datetime | None:
    try:
        return None if instant is None else instant + by
    except OverflowError:
        return None


def read_amount(text: str) -> AmountTest:
    """Parse a number with its prefix. Raises Refusal if malformed or out of range."""
    prefix, rest = read_prefix(text)
    if not _NUMBER.fullmatch(rest):
        raise Refusal("invalid", f"« {rest} » n'est pas un nombre.")
    value = Decimal(rest)
    found = number_range(value)
    if found is None:
        raise Refusal("invalid", f"« {rest} » est un nombre hors de portée.")
    low, high = found
    if prefix == "ap":
        gap = _EXACT.multiply(abs(value), _TOLERANCE)
        low, high = _EXACT.subtract(value, gap), _EXACT.add(value, gap)
    return AmountTest(prefix, value, low, high)


def read_quantity(text: str) -> tuple[AmountTest, ...]:
    """Parse `number`, `number|system|code`, `number||code` or `number||`, with a prefix.

    A unit of UCUM gives two tests, one of which must be met: in base units, and as written for
    values that were indexed before. Raises Refusal. https://hl7.org/fhir/R4/search.html#quantity
    """
    parts = [unescape(piece) for piece in split_escaped(text, "|")]
    if parts[1:] == ["", ""]:  # as clients write a quantity without a unit
        del parts[1:]
    if len(parts) not in (1, 3) or (len(parts) == 3 and not parts[2]):
        raise Refusal(
            "invalid", f"« {text} » doit s'écrire nombre, nombre|système|code ou nombre||code."
        )
    amount = read_amount(parts[0])
    if len(parts) == 1:
        return (amount,)
    _, system, code = parts
    plain = replace(amount, unit=unit_key(system or None, code))
    known = conversion_of(code) if system == UCUM else None
    return (plain,) if known is None else (_in_base_units(amount, known), plain)


def _in_base_units(test: AmountTest, known: Conversion) -> AmountTest:
    value, low, high = (known.apply(each) for each in (test.value, test.low, test.high))
    unit = dimension_key(known.dimension)
    return AmountTest(test.prefix, value, low, high, unit, in_base_units=True)


def read_circle(text: str) -> Circle:
    """Parse `latitude|longitude`, with `|distance` (10 by default) and `|unit` (`km` by default).

    The unit is a length of UCUM. Raises Refusal. https://hl7.org/fhir/R4/location.html#search
    """
    parts = [unescape(piece) for piece in split_escaped(text, "|")]
    if not 2 <= len(parts) <= 4 or any(not _NUMBER.fullmatch(each) for each in parts[:3]):
        raise Refusal("invalid", f"« {text} » doit s'écrire latitude|longitude|distance|unité.")
    latitude, longitude = Decimal(parts[0]), Decimal(parts[1])
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise Refusal("invalid", f"« {text} » n'est pas sur Terre : latitude|longitude, en degrés.")
    distance = Decimal(parts[2]) if len(parts) > 2 else _NEAR
    unit = parts[3] if len(parts) == 4 and parts[3] else "km"
    known = conversion_of(unit)
    if known is None or known.dimension != "m1":
        raise Refusal("invalid", f"« {unit} » n'est pas une unité de longueur (UCUM) : km, m…")
    metres = known.apply(distance)
    if not 0 <= metres <= _FARTHEST:
        raise Refusal("invalid", f"« {parts[2]} » n'est pas une distance sur Terre.")
    return Circle(float(latitude), float(longitude), float(metres))


def read_prefix(text: str) -> tuple[Prefix, str]:
    """The prefix of a value (`eq` if absent), and the rest. Raises Refusal for an unknown one."""
    match = _PREFIX.fullmatch(text)
    if match is None:
        return "eq", text
    prefix, rest = match.groups()
    for known in get_args(Prefix):
        if prefix == known:
            return known, rest
    raise Refusal(
        "invalid", f"« {prefix} » n'est pas un préfixe : {', '.join(_PREFIXES)} existent."
    )
