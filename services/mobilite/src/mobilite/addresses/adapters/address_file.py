"""The packed file of addresses: an SQLite database, written once and opened read-only.

    street   one row for each street and postcode, the most important first: the communes with the
             most addresses, then the streets with the most
    number   the house numbers of each street
    words    the full-text index (FTS5) of the search words of streets, with prefix indexes. Its
             row numbers are those of `street`, so that the first rows found are the best ones
    vocabulary  the words of the index, in which those that resemble another are looked for

FTS5's own removal of accents is not relied upon: the words are folded before (`search_words`).
https://www.sqlite.org/fts5.html
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, Final

from mobilite.addresses.domain.address import AddressLine, Rejection, Street, middle
from mobilite.addresses.domain.street_words import StreetWords
from mobilite.machine.adapters.atomic_file import atomic_file
from socle.errors import Refusal

APPLICATION_ID: Final = 0x52_4C_41_44
ADDRESSES_VERSION: Final = 1
"""Increase when sources are read or packed differently: each is then read again."""
DEGREE: Final = 1_000_000
"""Places are stored in millionths of a degree."""
_CACHE: Final = 64 << 10
"""KiB of each database in memory while it is written."""
_REACH: Final = {"north": 450_000, "east": 675_000}
"""A house is at most so far from the middle of its commune, in millionths of a degree: 50 km. The
largest communes of metropolitan France are 40 km long."""
_MOST_REJECTED: Final = 0.1
"""The share of lines that cannot be read, from which on the file is refused."""
_CACHED_STREETS: Final = 50_000
_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {ADDRESSES_VERSION};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{_CACHE};
PRAGMA draft.journal_mode = OFF;
PRAGMA draft.synchronous = OFF;
PRAGMA draft.cache_size = -{_CACHE};
CREATE TABLE draft.street (
    id INTEGER PRIMARY KEY, key TEXT, name TEXT, postcode TEXT, code TEXT, commune TEXT,
    former_commune TEXT, lat INTEGER, lon INTEGER, numbers INTEGER, UNIQUE (key, postcode));
CREATE TABLE draft.commune (
    code TEXT, name TEXT, lat INTEGER, lon INTEGER, numbers INTEGER,
    PRIMARY KEY (code, name)) WITHOUT ROWID;
CREATE TABLE number (
    street_id INTEGER, number INTEGER, suffix TEXT, lat INTEGER, lon INTEGER,
    PRIMARY KEY (street_id, number, suffix)) WITHOUT ROWID;
CREATE TABLE street (
    position INTEGER PRIMARY KEY, id INTEGER, key TEXT, name TEXT, postcode TEXT, code TEXT,
    commune TEXT, former_commune TEXT, lat INTEGER, lon INTEGER);
CREATE VIRTUAL TABLE words USING fts5(
    name, joined, area, columnsize=0, detail='column', prefix='1 2 3', tokenize='ascii');
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_DELETE_FAR: Final = """
DELETE FROM number WHERE EXISTS (
    SELECT 1 FROM draft.street s JOIN draft.commune c ON c.code = s.code AND c.name = s.commune
    WHERE s.id = number.street_id AND s.code <> ''
    AND (abs(number.lat - c.lat) > :north OR abs(number.lon - c.lon) > :east))
"""
_NUMBERS: Final = "SELECT street_id, number, lat, lon FROM number ORDER BY street_id, number"
_RANK: Final = """
INSERT INTO street
SELECT row_number() OVER (ORDER BY c.numbers DESC, s.code, s.commune, s.numbers DESC, s.key),
    s.id, s.key, s.name, s.postcode, s.code, s.commune, s.former_commune, s.lat, s.lon
FROM draft.street s JOIN draft.commune c ON c.code = s.code AND c.name = s.commune
WHERE s.numbers > 0
"""
_STREETS: Final = """
SELECT position, key, name, postcode, code, commune, former_commune, lat, lon FROM street
ORDER BY position
"""
_FINISH: Final = """
CREATE INDEX street_of_key ON street (key);
INSERT INTO words (words) VALUES ('optimize');
CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'words', 'row');
INSERT INTO vocabulary SELECT term FROM temp.terms WHERE term GLOB '*[a-z]*';
DETACH draft;
"""


@dataclass(frozen=True, slots=True)
class PackedAddresses:
    """What a packed file contains."""

    numbers: int
    streets: int
    rejected: Counter[Rejection]
    """Lines that are not in it, by reason."""

    def __str__(self) -> str:
        rejected = ", ".join(f"{count} {reason}" for reason, count in sorted(self.rejected.items()))
        return (
            f"{self.numbers} numbers, {self.streets} streets, lines rejected: {rejected or 'none'}"
        )


def write_addresses(
    lines: Iterable[AddressLine], rejected: Counter[Rejection], path: Path
) -> PackedAddresses:
    """Write the file, atomically. `rejected`: counts the lines left out while `lines` is read.

    Raises Refusal: what reading the lines raises; "invalid" if there are none, or if more than a
    tenth of the lines is rejected. The folder is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path.parent) as part, atomic_file(path.parent) as draft:
        with closing(sqlite3.connect(part.path, isolation_level=None)) as database:
            database.execute("ATTACH ? AS draft", (str(draft.path),))
            database.executescript(_SCHEMA)
            database.execute("BEGIN")
            _add_lines(database, lines)
            _place_streets(database)
            rejected["far"] += _delete_far(database)
            packed = _checked(database, +rejected)
            database.execute(_RANK)
            _index_streets(database)
            database.execute("COMMIT")
            database.executescript(_FINISH)
        part.install(path)
    return packed


def _add_lines(database: sqlite3.Connection, lines: Iterable[AddressLine]) -> None:
    database.executemany(
        "INSERT OR IGNORE INTO number VALUES (?, ?, ?, ?, ?)", _number_rows(database, lines)
    )


def _number_rows(
    database: sqlite3.Connection, lines: Iterable[AddressLine]
) -> Iterator[tuple[int, int, str, int, int]]:
    """The rows of the numbers; adds the streets."""
    known = dict[tuple[str, str], int]()
    for line in lines:
        street = known.get((line.key, line.postcode))
        if street is None:
            if len(known) >= _CACHED_STREETS:
                known.clear()
            street = known[line.key, line.postcode] = _street_id(database, line)
        yield (
            street, line.number, line.suffix, round(line.lat * DEGREE), round(line.lon * DEGREE)
        )  # fmt: skip


def _street_id(database: sqlite3.Connection, line: AddressLine) -> int:
    """The id of the street of a line, which is added if it is new."""
    row: tuple[int] = database.execute(
        "INSERT INTO draft.street (key, name, postcode, code, commune, former_commune)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET key = key RETURNING id",
        (line.key, line.street, line.postcode, line.code, line.commune, line.former_commune),
    ).fetchone()
    return row[0]


def _place_streets(database: sqlite3.Connection) -> None:
    """Count the numbers of each street and commune, and find their middles."""
    database.execute("UPDATE draft.street SET numbers = 0")
    rows = database.execute(_NUMBERS)
    for street, several in groupby(rows, key=lambda row: row[0]):
        places = [(number, lat, lon) for _, number, lat, lon in several]
        database.execute(
            "UPDATE draft.street SET lat = ?, lon = ?, numbers = ? WHERE id = ?",
            (*middle(places), len(places), street),
        )
    database.execute("DELETE FROM draft.commune")
    streets = database.execute(
        "SELECT code, commune, lat, lon, numbers FROM draft.street WHERE numbers > 0"
        " ORDER BY code, commune"
    )
    for commune, several in groupby(streets, key=lambda row: row[:2]):
        _, _, lats, lons, numbers = zip(*several, strict=True)
        database.execute(
            "INSERT INTO draft.commune VALUES (?, ?, ?, ?, ?)",
            (*commune, round(median(lats)), round(median(lons)), sum(numbers)),
        )


def _delete_far(database: sqlite3.Connection) -> int:
    """Remove the numbers that are far from their communes; returns how many."""
    count = database.execute(_DELETE_FAR, _REACH).rowcount
    if count:
        _place_streets(database)
    return count


def _checked(database: sqlite3.Connection, rejected: Counter[Rejection]) -> PackedAddresses:
    numbers, streets = (
        database.execute(query).fetchone()[0]
        for query in (
            "SELECT count(*) FROM number WHERE number > 0",
            "SELECT count(*) FROM draft.street WHERE numbers > 0",
        )
    )
    packed = PackedAddresses(numbers, streets, rejected)
    if not streets:
        raise Refusal("invalid", f"Aucune adresse n'est utilisable ({packed}).", code="empty")
    lines = numbers + rejected.total()
    if rejected.total() > _MOST_REJECTED * max(lines, streets):
        raise Refusal("invalid", f"Trop de lignes sont inutilisables ({packed}).", code="rejected")
    return packed


def _index_streets(database: sqlite3.Connection) -> None:
    rows = database.execute(_STREETS)
    database.executemany(
        "INSERT INTO words (rowid, name, joined, area) VALUES (?, ?, ?, ?)",
        (
            (position, *map(" ".join, StreetWords.of(street_of(columns))))
            for position, *columns in rows
        ),
    )


def street_of(columns: Sequence[Any]) -> Street:
    """The street of key, name, postcode, code, commune, former_commune, lat, lon."""
    key, name, postcode, code, commune, former_commune, lat, lon = columns
    return Street(key, name, postcode, code, commune, former_commune, lat / DEGREE, lon / DEGREE)
