"""Headers with weighted values: `fr, en;q=0.5`.

https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
"""

import re
from typing import Final

_MAX_CHARACTERS: Final = 1000
_MAX_VALUES: Final = 20
_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def parse_weighted(header: str) -> list[tuple[str, float]]:
    """Each value in order, with its weight from 0 to 1; 0 if the weight is invalid."""
    return [_weighed(part) for part in header[:_MAX_CHARACTERS].split(",")[:_MAX_VALUES]]


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (each.strip() for each in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().casefold() == "q":
            return name, float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return name, 1.0
