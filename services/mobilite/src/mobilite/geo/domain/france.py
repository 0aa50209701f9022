"""Where a place of a French commune can be."""

import re
from typing import Final

_METROPOLITAN: Final = re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB])...")


def is_inside(code: str, lat: float, lon: float) -> bool:
    """Whether a place is on the Earth, and in metropolitan France if the commune is there. `code`:
    of the commune (INSEE); the place in WGS 84 degrees, NaN is nowhere."""
    if _METROPOLITAN.fullmatch(code):
        return 41.0 < lat < 51.5 and -5.5 < lon < 10.0
    return -90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0
