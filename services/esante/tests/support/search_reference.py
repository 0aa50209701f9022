"""Reference implementation of search, first half: values and comparisons of the standard.

It shares no code with the server: neither definitions, nor indexes, nor parsers.
https://hl7.org/fhir/R4/search.html
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Json = dict[str, Any]
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
BASE = "https://region.example.org/fhir"


@dataclass(frozen=True)
class Stored:
    """A stored resource, with its last change and its position in the order of creation."""

    resource: Json
    updated: datetime
    born: int
    container: "Stored | None" = None
    """Of a contained resource: the one that contains it."""

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def local(self) -> str:
        return f"{self.type}/{self.resource['id']}"


def at(value: Any, path: str) -> Iterator[Any]:
    """Every value at a path, through arrays."""
    if isinstance(value, list):
        for each in value:
            yield from at(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        name, _, rest = path.partition(".")
        if name in value:
            yield from at(value[name], rest)


def values(resource: Json, paths: str) -> list[Any]:
    return [each for path in paths.split() for each in at(resource, path.partition("=")[0])]


def folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(each for each in apart if unicodedata.category(each) != "Mn")
    return " ".join(bare.casefold().split())


def split(text: str, separator: str) -> list[str]:
    """Cut where the separator is not escaped; what is escaped stays so."""
    parts, escaped = [""], False
    for each in text:
        if not escaped and each == separator:
            parts.append("")
            continue
        parts[-1] += each
        escaped = each == "\\" and not escaped
    return parts


def bare(text: str) -> str:
    out, escaped = "", False
    for each in text:
        if each == "\\" and not escaped:
            escaped = True
            continue
        out += each
        escaped = False
    return out


def prefixed(text: str) -> tuple[str, str]:
    if text[:2] in ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"):
        return text[:2], text[2:]
    return "eq", text


def span(text: str) -> tuple[datetime, datetime]:
    """The first instant a date means, and the first after it."""
    if len(text) == 4:
        return datetime(int(text), 1, 1, tzinfo=UTC), datetime(int(text) + 1, 1, 1, tzinfo=UTC)
    if len(text) == 7:
        year, month = int(text[:4]), int(text[5:])
        after = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year, month, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if len(text) == 10:
        return moment.replace(tzinfo=UTC), moment.replace(tzinfo=UTC) + timedelta(days=1)
    if "." in text:
        return moment, moment + timedelta(milliseconds=1)
    clock = text[11:].rstrip("Z").split("+")[0].split("-")[0]
    return moment, moment + timedelta(seconds=1 if clock.count(":") == 2 else 60)


def span_of(value: Any) -> tuple[datetime, datetime]:
    if isinstance(value, str):
        return span(value)
    low = span(value["start"])[0] if "start" in value else FIRST
    return low, span(value["end"])[1] if "end" in value else LAST


def date_meets(value: tuple[datetime, datetime], wanted: str, now: datetime) -> bool:
    prefix, text = prefixed(wanted)
    (low, high), (first, after) = value, span(text)
    within = first <= low and high <= after
    if prefix == "ap":
        gap = abs(now - first) / 10
        return low < after + gap and high > first - gap
    return {
        "eq": within,
        "ne": not within,
        "gt": high > after,
        "lt": low < first,
        "ge": high > after or within,
        "le": low < first or within,
        "sa": low >= after,
        "eb": high <= first,
    }[prefix]


def precision(text: str) -> Decimal:
    """Half of what the last digit is worth."""
    if "e" in text.lower():
        digits, exponent = text.lower().split("e")
        assert digits in ("1", "-1"), "the standard tells of 1e2 alone"
        return Decimal(5) * Decimal(10) ** (int(exponent) - 2)
    places = len(text.partition(".")[2])
    return Decimal(5) / Decimal(10) ** (places + 1)


def number_meets(low: Any, high: Any, value: Any, wanted: str) -> bool:
    """`value`: None for what is a range alone, open ends None."""
    prefix, text = prefixed(wanted)
    number = Decimal(text)
    gap = abs(number) / 10 if prefix == "ap" else precision(text)
    first, after = number - gap, number + gap
    if value is not None:
        return {
            "eq": first <= value < after,
            "ne": not first <= value < after,
            "ap": first <= value <= after,
            "gt": value > number,
            "sa": value > number,
            "lt": value < number,
            "eb": value < number,
            "ge": value >= number,
            "le": value <= number,
        }[prefix]
    infinite = Decimal("Infinity")
    low, high = -infinite if low is None else low, infinite if high is None else high
    within = first <= low and high <= after
    return {
        "eq": within,
        "ne": not within,
        "ap": low <= after and high >= first,
        "gt": high > number,
        "ge": high >= number,
        "lt": low < number,
        "le": low <= number,
        "sa": low > number,
        "eb": high < number,
    }[prefix]


# Units of the population: (dimension, factor to its base unit).
_UNITS = {
    "kg": ("mass", Fraction(1000)),
    "g": ("mass", Fraction(1)),
    "mm[Hg]": ("pressure", Fraction("133.322")),
    "kPa": ("pressure", Fraction(1000)),
    "g/dL": ("density", Fraction(10_000)),
    "mg/mL": ("density", Fraction(1000)),
    "S": ("conductance", Fraction(1)),
    "s": ("time", Fraction(1)),
    "min": ("time", Fraction(60)),
}


def quantity_meets(quantity: Json, wanted: str) -> bool:
    number, *unit = split(wanted, "|")
    ratio = Fraction(1)
    if unit:
        system, code = (bare(each) for each in unit)
        if system:
            dimension, factor = _UNITS[code]
            own_dimension, own = _UNITS.get(quantity.get("code", ""), ("", Fraction(1)))
            if quantity.get("system") != system or own_dimension != dimension:
                return False
            ratio = own / factor
        if not system and code not in (quantity.get("code"), quantity.get("unit")):
            return False
    value = Fraction(str(quantity["value"])) * ratio
    half = Fraction(precision(str(quantity["value"]))) * ratio
    match quantity.get("comparator"):
        case "<":
            return number_meets(None, value, None, number)
        case "<=":
            return number_meets(None, value + half, None, number)
        case ">":
            return number_meets(value, None, None, number)
        case ">=":
            return number_meets(value - half, None, None, number)
    return number_meets(None, None, value, number)


def codings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield path.partition("=")[2], value
    elif "coding" in value:
        for each in value["coding"]:
            yield each.get("system", ""), each.get("code", "")
    else:
        yield value.get("system", ""), value.get("value", value.get("code", ""))


def token_meets(found: list[tuple[str, str]], wanted: str) -> bool:
    parts = [bare(each) for each in split(wanted, "|")]
    for system, code in found:
        if len(parts) == 1:
            if code.lower() == parts[0].lower():
                return True
        elif system == parts[0] and (not parts[1] or code.lower() == parts[1].lower()):
            return True
    return False


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "coding" in value:
            yield from (each["display"] for each in value["coding"] if "display" in each)
        if "text" in value:
            yield value["text"]
        if "value" in value and "type" in value:
            yield from (value["type"][name] for name in ("text",) if name in value["type"])
        if "display" in value:
            yield value["display"]


def local_of(reference: Json) -> str | None:
    text = reference.get("reference", "").removeprefix(BASE + "/")
    return text if text and "://" not in text else None
