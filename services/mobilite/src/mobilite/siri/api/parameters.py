"""The parameters of a request: of the query string of SIRI Lite, or of an element of SIRI XML.

Names are those of SIRI, in any case. A parameter that is not known is ignored.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mobilite.geo.domain.places import Box
from mobilite.http.api.parameters import LONGEST_NAME, parse_box, parse_instant
from mobilite.siri.api.xml_reader import XmlElement
from socle.errors import Refusal

MAX_REFS: Final = 20
"""How often a reference can be repeated in a request."""
_DURATION: Final = re.compile(
    # Years and months only as zero, as Java writes them.
    r"P(?:0Y)?(?:0M)?(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})(?:\.[0-9]{1,9})?S)?)?"
)
_SECONDS: Final = (86_400, 3_600, 60, 1)


class Parameters:
    """The values of each parameter."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                self._values.setdefault(name.casefold(), []).append(value.strip())

    @staticmethod
    def of_element(element: XmlElement) -> "Parameters":
        """Those of a request in XML: the texts of the elements below it, by name."""
        pairs = [(each.name, each.text) for each in element.descendants() if not each.children]
        box = next((each for each in element.descendants() if each.name == "BoundingBox"), None)
        if box is not None:
            corners = Parameters.of_element(box).texts
            (west, east), (north, south) = _pair(corners("Longitude")), _pair(corners("Latitude"))
            pairs.append(("BoundingBox", f"{west},{south},{east},{north}"))
        return Parameters(pairs)

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a repeatable parameter, without repetitions. Raises Refusal("invalid") if
        there are too many."""
        found = tuple(dict.fromkeys(self._values.get(name.casefold(), ())))
        if len(found) > MAX_REFS:
            raise _invalid(name, f"au plus {MAX_REFS} valeurs sont acceptées")
        return found

    def count(self, name: str) -> int:
        """How many values a repeatable parameter has, without repetitions."""
        return len(set(self._values.get(name.casefold(), ())))

    def text(self, name: str) -> str | None:
        """The value of a parameter, the first of several. Raises Refusal("invalid") if it is too
        long."""
        found = self._values.get(name.casefold())
        if found is not None and len(found[0]) > LONGEST_NAME:
            raise _invalid(name, f"au plus {LONGEST_NAME} caractères sont acceptés")
        return None if found is None else found[0]

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number. Raises Refusal("invalid") outside the bounds."""
        found = self.text(name)
        if found is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", found) or not low <= int(found) <= high:
            raise _invalid(name, f"un entier est attendu, de {low} à {high}")
        return int(found)

    def duration(self, name: str, default: int, *, high: int) -> int:
        """A duration (ISO 8601) in seconds. Raises Refusal("invalid") if it is none, or longer
        than `high`."""
        found = self.text(name)
        if found is None:
            return default
        match = _DURATION.fullmatch(found)
        parts = () if match is None else match.groups()
        if not any(parts):
            raise _invalid(name, "une durée ISO 8601 est attendue (PT2H)")
        seconds = sum(int(part or 0) * each for part, each in zip(parts, _SECONDS, strict=True))
        if seconds > high:
            raise _invalid(name, f"une durée d'au plus {high // 3_600} heures est attendue")
        return seconds

    def instant(self, name: str) -> datetime | None:
        """An instant with its offset. Raises Refusal("invalid") for anything else."""
        found = self.text(name)
        try:
            return None if found is None else parse_instant(found)
        except ValueError as error:
            raise _invalid(name, str(error)) from error

    def box(self, name: str) -> Box | None:
        """A box `west,south,east,north`. Raises Refusal("invalid") for anything else."""
        found = self.text(name)
        try:
            return None if found is None else parse_box(found)
        except ValueError as error:
            raise _invalid(name, str(error)) from error


def _pair(values: tuple[str, ...]) -> tuple[str, str]:
    """The two values of a coordinate; empty ones if they are not two."""
    return (values[0], values[1]) if len(values) == 2 else ("", "")


def _invalid(name: str, reason: str) -> Refusal:
    return Refusal("invalid", f"Le paramètre {name} : {reason}.", parameter=name)
