"""The extractor of the position of a Location. https://hl7.org/fhir/R4/location.html"""

from decimal import Decimal
from typing import Any

from esante.search.domain.near import LATITUDE, LONGITUDE
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import present_element
from esante.store.domain.index_rows import QuantityRow


def position_extractor(parameter: int) -> Extractor:
    """The extractor of `Location.position`: one row for each coordinate.

    `parameter`: the key of `near`. A position outside the globe is skipped.
    """
    present = present_element(parameter)

    def read(value: Any, collector: IndexCollector) -> None:
        if not isinstance(value, dict):
            return
        latitude = _degrees(value.get("latitude"), 90)
        longitude = _degrees(value.get("longitude"), 180)
        if latitude is None or longitude is None:
            return
        for name, degrees in ((LATITUDE, latitude), (LONGITUDE, longitude)):
            collector.quantities.append(QuantityRow(name, degrees, degrees, degrees))
        collector.tokens.add(present)

    return read


def _degrees(value: Any, most: int) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    degrees = Decimal(value)
    # The digits after the tenth are less than a hundredth of a millimetre.
    return round(degrees, 10) if -most <= degrees <= most else None
