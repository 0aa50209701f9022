"""Primitive values that StructureValidator accepts: ids, and dates that no calendar has.

https://hl7.org/fhir/R4/datatypes.html
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from esante.core.domain.resource import is_id

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
# A leap second is allowed, hour 24 is not.
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE: Final = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
_MOMENT: Final = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T{_CLOCK}{_ZONE}")
_TIME: Final = re.compile(_CLOCK)


def wrong_id(value: str) -> str | None:
    """What is wrong with an id; None if nothing is."""
    if is_id(value):
        return None
    return "Un identifiant a 1 à 64 lettres sans accent, chiffres, « - » ou « . »."


def wrong_date(value: str) -> str | None:
    """What is wrong with a date (YYYY, YYYY-MM, YYYY-MM-DD)."""
    match = _DATE.fullmatch(value)
    if match is None:
        return f"« {value} » n’est pas une date (AAAA, AAAA-MM ou AAAA-MM-JJ)."
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return f"« {value} » n’existe pas au calendrier."
    return None


def wrong_datetime(value: str) -> str | None:
    """What is wrong with a dateTime: a date, or an instant with its zone."""
    if "T" not in value:
        return wrong_date(value)
    return wrong_instant(value)


def wrong_instant(value: str) -> str | None:
    """What is wrong with an instant, or a dateTime with a time."""
    match = _MOMENT.fullmatch(value)
    if match is None:
        return f"« {value} » n’est pas un instant (AAAA-MM-JJThh:mm:ss, avec Z ou un décalage)."
    return wrong_date(match[1])


def wrong_time(value: str) -> str | None:
    """What is wrong with a time of day."""
    return None if _TIME.fullmatch(value) else f"« {value} » n’est pas une heure (hh:mm:ss)."


WRONG: Final[Mapping[str, Callable[[str], str | None]]] = {
    "id": wrong_id,
    "date": wrong_date,
    "dateTime": wrong_datetime,
    "instant": wrong_instant,
    "time": wrong_time,
}
"""By FHIR type: returns what is wrong with a value, None if nothing is."""
