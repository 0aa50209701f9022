"""Communes with their postcodes from a CSV file, such as La Poste's « Base officielle des codes
postaux » with positions, or an extract of the Base adresse nationale.

Columns are found by their names, separated by « ; ». A commune has a line for each postcode, or for
each address; its middle is the mean of their places.

    code       code_commune_insee, code_insee
    name       nom_de_la_commune, nom_commune, nom
    postcode   code_postal
    place      _geopoint, coordonnees_gps (« 47.9,1.9 »); or latitude, longitude; or lat, lon

https://www.data.gouv.fr/fr/datasets/base-officielle-des-codes-postaux/
https://adresse.data.gouv.fr/data/ban/adresses/latest/csv
"""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobilite.addresses.domain.communes import Commune
from mobilite.text_search.domain.capitals import without_capitals
from socle.errors import Refusal

_CODE: Final = ("code_commune_insee", "code_insee")
_NAME: Final = ("nom_de_la_commune", "nom_commune", "nom")
_POSTCODE: Final = ("code_postal",)
_POINT: Final = ("_geopoint", "coordonnees_gps")
_LAT: Final = ("latitude", "lat")
_LON: Final = ("longitude", "lon")


@dataclass(slots=True)
class _Lines:
    """The lines of one commune."""

    name: str
    postcodes: set[str] = field(default_factory=set)
    lats: list[float] = field(default_factory=list)
    lons: list[float] = field(default_factory=list)


def read_communes(path: Path) -> tuple[Commune, ...]:
    """The communes of the file that have a place, by code. Raises Refusal: "unavailable" if the
    file cannot be read, "invalid" if it has not the columns, or no commune with a place."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error}.") from error
    found: dict[str, _Lines] = {}
    for code, name, postcode, place in _rows(path, _text(content)):
        lines = found.setdefault(code, _Lines(name))
        lines.postcodes.add(postcode)
        if place is not None:
            lines.lats.append(place[0])
            lines.lons.append(place[1])
    communes = tuple(
        Commune(
            code=code,
            name=_readable(lines.name),
            postcodes=tuple(sorted(lines.postcodes - {""})),
            lat=sum(lines.lats) / len(lines.lats),
            lon=sum(lines.lons) / len(lines.lons),
        )
        for code, lines in sorted(found.items())
        if lines.lats
    )
    if not communes:
        raise Refusal("invalid", f"{path} : aucune commune avec une position.")
    return communes


def _rows(path: Path, text: str) -> Iterator[tuple[str, str, str, tuple[float, float] | None]]:
    """Code, name, postcode and place of each line with a code and a name."""
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    columns = {
        name.strip().lstrip("#").casefold(): name for name in reader.fieldnames or () if name
    }
    code, name = _column(path, columns, _CODE), _column(path, columns, _NAME)
    postcode = _column(path, columns, _POSTCODE)
    for row in reader:
        given = {known: (row.get(column) or "").strip() for known, column in columns.items()}
        if given[code] and given[name]:
            yield given[code], given[name], given[postcode], _place(given)


def _column(path: Path, columns: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        if name in columns:
            return name
    raise Refusal("invalid", f"{path} : une colonne {' ou '.join(names)} est attendue.")


def _place(given: Mapping[str, str]) -> tuple[float, float] | None:
    texts = [given[name].replace("/", ",") for name in _POINT if given.get(name)]
    texts += [
        f"{given[lat]},{given[lon]}"
        for lat, lon in zip(_LAT, _LON, strict=True)
        if given.get(lat) and given.get(lon)
    ]
    for text in texts:
        with suppress(ValueError):
            lat, lon = (float(part) for part in text.split(","))
            if abs(lat) <= 90 and abs(lon) <= 180:
                return lat, lon
    return None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252", errors="replace")


def _readable(name: str) -> str:
    """La Poste's "ST JEAN DE BRAYE" as « Saint Jean de Braye »; other names as they are."""
    return without_capitals(name, {"ST": "saint", "STE": "sainte"})
