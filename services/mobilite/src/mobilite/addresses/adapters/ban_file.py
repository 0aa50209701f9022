"""Addresses from a file of the Base adresse nationale: CSV, perhaps compressed with gzip.

Separated by « ; », in UTF-8. Columns are found by their names: id, numero, rep, nom_voie,
code_postal, code_insee, nom_commune, nom_ancienne_commune, lon, lat; others are ignored. Lines are
read one after the other: a file of 25 million lines takes no more memory than a small one.

https://adresse.data.gouv.fr/data/ban/adresses/latest/csv
"""

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from mobilite.addresses.domain.address import AddressLine, Rejection
from mobilite.addresses.domain.house_numbers import read_number
from mobilite.geo.domain.france import is_inside
from mobilite.text_search.domain.search_words import search_words
from socle.errors import Refusal

_GZIP: Final = b"\x1f\x8b"
_REQUIRED: Final = (
    "numero", "nom_voie", "code_postal", "code_insee", "nom_commune", "lon", "lat",
)  # fmt: skip
_OPTIONAL: Final = ("id", "rep", "nom_ancienne_commune")
_KEY: Final = re.compile(r"([0-9A-Za-z]+_[0-9A-Za-z]+)_", re.ASCII)


def read_ban(path: Path, rejected: Counter[Rejection]) -> Iterator[AddressLine]:
    """The addresses of the file, in its order. The header can be repeated, as in files joined.
    Lines that cannot be read are counted in `rejected`.

    Raises Refusal: "unavailable" if the file cannot be read, "invalid" if it has not the columns,
    is not in UTF-8, or is cut in its compression."""
    number = 1
    try:
        with _open(path) as file:
            header = file.readline()
            columns = _columns(path, header)
            for line in file:
                number += 1
                if line.strip() and line != header:
                    found = _read_line(line, columns)
                    if isinstance(found, str):
                        rejected[found] += 1
                    else:
                        yield found
    except UnicodeDecodeError as error:
        raise Refusal(
            "invalid", f"{path} : n'est pas en UTF-8, après la ligne {number}.", code="encoding"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(
            "invalid", f"{path} : compression coupée ou abîmée, après la ligne {number}.",
            code="truncated",
        ) from error  # fmt: skip
    except OSError as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error}.") from error


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    if compressed:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="\n") as text:
            yield text
    else:
        with path.open(encoding="utf-8-sig", newline="\n") as text:
            yield text


def _columns(path: Path, header: str) -> tuple[int, list[int]]:
    """The number of columns, and where those that are read are: required, then optional; -1 for an
    optional one that is absent."""
    names = [name.strip().strip('"').casefold() for name in header.rstrip("\r\n").split(";")]
    absent = [name for name in _REQUIRED if name not in names]
    if absent:
        raise Refusal(
            "invalid", f"{path} : colonnes attendues, séparées par « ; » : {', '.join(absent)}.",
            code="columns",
        )  # fmt: skip
    optional = [names.index(name) if name in names else -1 for name in _OPTIONAL]
    return len(names), [*map(names.index, _REQUIRED), *optional]


def _read_line(line: str, columns: tuple[int, Sequence[int]]) -> AddressLine | Rejection:
    # A quotation mark that is not closed costs its own line, not those after it.
    fields = _fields(line.rstrip("\r\n"))
    if len(fields) != columns[0]:
        return "cut"
    numero, street, postcode, code, commune, lon, lat, identifier, rep, former = (
        fields[at].strip() if at >= 0 else "" for at in columns[1]
    )
    number = read_number(numero, rep)
    if number is None:
        return "no_number"
    if not search_words(street) or not commune:
        return "no_street"
    try:
        place = float(lat), float(lon)
    except ValueError:
        return "no_place"
    if not is_inside(code, *place):
        return "outside"
    key = _key(identifier, code, street)
    return AddressLine(key, street, *number, postcode, code, commune, former, *place)


def _fields(text: str) -> list[str]:
    """The fields of a line; none if it is not CSV."""
    if '"' not in text:
        return text.split(";")
    try:
        return next(csv.reader((text,), delimiter=";"))
    except csv.Error:  # a carriage return in it, or a field of 128 KiB
        return []


def _key(identifier: str, code: str, street: str) -> str:
    """The key of the street: the id of an address begins with it (`41018_0870_00030_bis`)."""
    found = _KEY.match(identifier)
    return found[1] if found else "-".join((code or "0", *search_words(street)))
