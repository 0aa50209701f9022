"""Park-and-ride car parks from a file of the Base nationale des lieux de stationnement (BNLS).

CSV in UTF-8, separated by « ; » or « , »; with « ; » numbers can have a decimal comma. Columns are
found by their names: id, nom, insee, Xlong, Ylat are required; type_usagers, gratuit, nb_places,
nb_pr, nb_pmr, hauteur_max, url, info can be absent; others are ignored.

A car park is a park-and-ride if it has places at that price (`nb_pr`), or if its name says so. One
for subscribers alone is none.

https://schema.data.gouv.fr/etalab/schema-stationnement/
https://transport.data.gouv.fr/datasets/base-nationale-des-lieux-de-stationnement
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mobilite.car_parks.domain.car_park import CarPark, CarParks, Rejection
from mobilite.geo.domain.france import is_inside
from mobilite.text_search.domain.capitals import without_capitals
from mobilite.text_search.domain.search_words import search_words
from socle.errors import Refusal

_REQUIRED: Final = ("id", "nom", "insee", "xlong", "ylat")
_LONGEST: Final = 100
"""Characters of an id or a name."""
_LONGEST_INFO: Final = 500
_LONGEST_URL: Final = 2000
"""Characters; a longer one is left out, for no part of it leads there."""
_MOST_REJECTED: Final = 0.1
"""The share of unusable lines from which a file is refused."""
_REASONS: Final[Mapping[Rejection, str]] = {
    "cut": "sans autant de colonnes que l'en-tête",
    "no_id": "sans identifiant",
    "no_name": "sans nom",
    "no_place": "sans position",
    "outside": "position hors du pays de la commune",
    "repeated": "identifiant déjà donné",
}
_NAMED: Final = re.compile(r"\bp\s*\+\s*r\b|\b(parc|parking)s?[\s-]*relais\b", re.IGNORECASE)
_YES: Final = frozenset(("1", "true", "vrai", "oui"))
_NO: Final = frozenset(("0", "false", "faux", "non"))


class ReadFile(NamedTuple):
    """What a file contains."""

    parks: CarParks
    """Those for park-and-ride."""
    others: int
    """Car parks that are none."""
    rejected: Mapping[Rejection, Sequence[int]]
    """The lines left out, by reason; the header is the first."""


def read_bnls(path: Path) -> ReadFile:
    """The park-and-ride car parks of the file, in its order.

    Raises Refusal: "unavailable" if the file cannot be read, "invalid" if it has not the columns,
    is not in UTF-8, has no usable line, or too many unusable ones."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("invalid", f"{path} : n'est pas en UTF-8.", code="encoding") from error
    except OSError as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error}.") from error
    parks, known, rejected, others = list[CarPark](), set[str](), dict[Rejection, list[int]](), 0
    for number, row in _rows(path, text):
        found = "cut" if row is None else _read(row)
        if isinstance(found, CarPark) and found.local_id in known:
            found = "repeated"
        if isinstance(found, str):
            rejected.setdefault(found, []).append(number)
            continue
        known.add(found.local_id)
        if row is not None and _is_park_and_ride(row, found):
            parks.append(found)
        else:
            others += 1
    wrong, usable = sum(map(len, rejected.values())), len(parks) + others
    if not usable or wrong > _MOST_REJECTED * (usable + wrong):
        raise Refusal(
            "invalid",
            f"{path} : {wrong} lignes inutilisables sur {usable + wrong} : "
            f"{rejections_text(rejected) or 'le fichier est vide'}.",
            code="lines",
        )
    return ReadFile(CarParks(parks), others, rejected)


def rejections_text(rejected: Mapping[Rejection, Sequence[int]]) -> str:
    """« 2 sans position (lignes 4, 9) »: how many lines are left out, why, and the first of
    them."""
    return " ; ".join(
        f"{len(lines)} {_REASONS[reason]} (ligne{'s' * (len(lines) > 1)} "
        f"{', '.join(map(str, lines[:5]))}{'…' if len(lines) > 5 else ''})"
        for reason, lines in sorted(rejected.items())
    )


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str] | None]]:
    """The number and the cells of each line, by the column's name in lower case; None for a line
    of another length."""
    header, *lines = text.split("\n")
    delimiter = ";" if header.count(";") >= header.count(",") else ","
    names = [name.casefold() for name in _cells(header, delimiter)]
    absent = [name for name in _REQUIRED if name not in names]
    if absent:
        raise Refusal(
            "invalid", f"{path} : colonnes attendues : {', '.join(absent)}.", code="columns"
        )
    for number, line in enumerate(lines, start=2):
        cells = _cells(line, delimiter)
        if any(cells):
            same = len(cells) == len(names)
            yield number, dict(zip(names, cells, strict=True)) if same else None


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line, read alone: a quotation mark that is not closed costs no other line.
    Those of a line that is not CSV are one."""
    try:
        return [cell.strip() for cell in next(csv.reader((line,), delimiter=delimiter), ())]
    except csv.Error:  # a carriage return in it, or a field of 128 KiB
        return [line]


def _read(row: Mapping[str, str]) -> CarPark | Rejection:
    if not 0 < len(row["id"]) <= _LONGEST:
        return "no_id"
    if not search_words(row["nom"]):
        return "no_name"
    try:
        lat, lon = (float(row[name].replace(",", ".")) for name in ("ylat", "xlong"))
    except ValueError:
        return "no_place"
    if not is_inside(row["insee"], lat, lon):
        return "outside"
    url = row.get("url", "")
    is_address = url.startswith(("https://", "http://")) and len(url) <= _LONGEST_URL
    return CarPark(
        row["id"],
        without_capitals(row["nom"][:_LONGEST]),
        lat,
        lon,
        capacity=_count(row, "nb_places"),
        park_and_ride=_count(row, "nb_pr"),
        disabled=_count(row, "nb_pmr"),
        free=_flag(row.get("gratuit", "")),
        max_height=_count(row, "hauteur_max") or None,
        info=row.get("info", "")[:_LONGEST_INFO] or None,
        url=url if is_address else None,
    )


def _is_park_and_ride(row: Mapping[str, str], park: CarPark) -> bool:
    subscribers = row.get("type_usagers", "").casefold().startswith("abonn")
    return not subscribers and bool(park.park_and_ride or _NAMED.search(park.name))


def _count(row: Mapping[str, str], name: str) -> int | None:
    text = row.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _flag(text: str) -> bool | None:
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None
