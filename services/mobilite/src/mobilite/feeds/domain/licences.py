"""The licence of combined data from several sources.

ODbL requires share-alike: a collection that includes ODbL data is itself ODbL, and every source
must still be credited. https://opendatacommons.org/licenses/odbl/1-0/ (4.2 to 4.4)
"""

from collections.abc import Iterable
from typing import Final

ODBL: Final = "ODbL-1.0"
_URLS: Final = {
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "etalab": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "lov2": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ccby40": "https://creativecommons.org/licenses/by/4.0/",
    "ccbysa40": "https://creativecommons.org/licenses/by-sa/4.0/",
}


def merged_licence(licences: Iterable[str | None]) -> str | None:
    """The licence of the combined data: ODbL if that of one source is, else the common one if all
    have the same. None: each source has its own."""
    distinct = set(licences)
    if any(_plain(licence).startswith("odbl") for licence in distinct):
        return ODBL
    return distinct.pop() if len(distinct) == 1 else None


def licence_url(licence: str | None) -> str | None:
    """The address of a licence, which is recognised by its usual names; None if it is not."""
    plain = _plain(licence)
    return next((url for name, url in _URLS.items() if plain.startswith(name)), None)


def _plain(licence: str | None) -> str:
    return "".join(each for each in (licence or "").casefold() if each.isalnum())
