"""Checks of primitive values that StructureValidator accepts: ids, and dates that do not exist.

Each function returns why a value is invalid, in French; None if it is valid.
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


def id_problem(value: str) -> str | None:
    """Why a value is not an id."""
    if is_id(value):
        return None
    return "Un identifiant a 1 à 64 lettres sans accent, chiffres, « - » ou « . »."


def date_problem(value: str) -> str | None:
    """Why a value is not a date (YYYY, YYYY-MM, YYYY-MM-DD)."""
    match = _DATE.fullmatch(value)
    if match is None:
        return f"« {value} » n’est pas une date (AAAA, AAAA-MM ou AAAA-MM-JJ)."
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return f"« {value} » n’existe pas au calendrier."
    return None


def datetime_problem(value: str) -> str | None:
    """Why a value is not a dateTime: a date, or an instant with its zone."""
    if "T" not in value:
        return date_problem(value)
    return instant_problem(value)


def instant_problem(value: str) -> str | None:
    """Why a value is not an instant, or a dateTime with a time."""
    match = _MOMENT.fullmatch(value)
    if match is None:
        return f"« {value} » n’est pas un instant (AAAA-MM-JJThh:mm:ss, avec Z ou un décalage)."
    return date_problem(match[1])


def time_problem(value: str) -> str | None:
    """Why a value is not a time of day."""
    return None if _TIME.fullmatch(value) else f"« {value} » n’est pas une heure (hh:mm:ss)."


PRIMITIVE_PROBLEMS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "id": id_problem,
    "date": date_problem,
    "dateTime": datetime_problem,
    "instant": instant_problem,
    "time": time_problem,
}
"""The check of each FHIR type."""
