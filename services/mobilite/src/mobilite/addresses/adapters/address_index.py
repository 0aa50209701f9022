"""Search of addresses in a packed file.

SQLite reads the pages it needs from the disk; replicas of one machine share them in the page cache.
Only the different words of the names of streets are in memory, to forgive typos.
"""

import sqlite3
import threading
import weakref
from pathlib import Path
from typing import Any, Final

from mobilite.addresses.adapters.address_file import (
    ADDRESSES_VERSION,
    APPLICATION_ID,
    DEGREE,
    street_of,
)
from mobilite.addresses.domain.address import (
    NO_NUMBER,
    Address,
    AddressMatches,
    Street,
    address_id,
)
from mobilite.addresses.domain.house_numbers import AddressQuery, readings
from mobilite.addresses.domain.match_expressions import loosely, near, strictly
from mobilite.addresses.domain.street_words import (
    Alternatives,
    StreetWords,
    is_in_name,
    rank,
    required_words,
)
from mobilite.addresses.domain.vocabulary import Vocabulary
from mobilite.machine.adapters.array_file import BadPackedFile
from mobilite.text_search.domain.word_index import ABSENT

_MAPPED_BYTES: Final = 1 << 30
_LOOKED_UP: Final = 4
"""Streets in which the number is looked up, for each address wanted."""
# If more streets fit, the 100 of the largest communes are ranked.
_FOUND: Final = """
SELECT rowid, name, joined, area FROM words WHERE words MATCH ? ORDER BY rowid LIMIT 100
"""
_AT: Final = """
SELECT id, key, name, postcode, code, commune, former_commune, lat, lon
FROM street WHERE position = ?
"""
_OF_KEY: Final = """
SELECT id, key, name, postcode, code, commune, former_commune, lat, lon
FROM street WHERE key = ? ORDER BY position
"""
_NUMBERS: Final = (
    "SELECT suffix, lat, lon FROM number WHERE street_id = ? AND number = ? ORDER BY suffix"
)


class PackedAddressIndex:
    """The addresses of a packed file (`AddressIndex`). Usable by several threads."""

    def __init__(self, path: Path) -> None:
        """Raises BadPackedFile if it is another file, or of another version; OSError if it cannot
        be read."""
        with path.open("rb"):
            pass
        self._database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        weakref.finalize(self, self._database.close)
        self._lock = threading.Lock()
        try:
            versions = [
                self._first(f"PRAGMA {each}") for each in ("application_id", "user_version")
            ]
            if versions != [APPLICATION_ID, ADDRESSES_VERSION]:
                raise BadPackedFile(f"{path.name} is of another version")
            self._database.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            rows = self._database.execute("SELECT word FROM vocabulary ORDER BY word")
            self._vocabulary = Vocabulary([word for (word,) in rows])
        except sqlite3.DatabaseError as error:
            raise BadPackedFile(f"{path.name} is damaged: {error}") from error

    def search(self, text: str, *, limit: int) -> AddressMatches:
        """The addresses that fit a text, best first: house numbers, if it has one, then streets.
        Typos are looked for only if nothing is found as written."""
        several = readings(text)
        for typos in (False, True):
            for query in several:
                found = self._search(query, limit, typos=typos)
                if found:
                    return AddressMatches(tuple(found), typos)
        return AddressMatches()

    def find(self, place_id: str) -> Address | None:
        """The address or street of an id."""
        wanted = address_id(place_id)
        if wanted is None:
            return None
        for street_id, *columns in self._rows(_OF_KEY, wanted.key):
            street = street_of(columns)
            if wanted.number == NO_NUMBER:
                return _of_street(street)
            for suffix, lat, lon in self._rows(_NUMBERS, street_id, wanted.number):
                if suffix == wanted.suffix:
                    return Address(street, wanted.number, suffix, lat / DEGREE, lon / DEGREE)
        return None

    def _search(self, query: AddressQuery, limit: int, *, typos: bool) -> list[Address]:
        words = required_words(query)
        close: Alternatives = {}
        if typos:
            close = {word: self._vocabulary.close(word, last=word == words[-1]) for word in words}
            found = self._candidates(loosely(words, close))
        else:
            found = self._candidates(strictly(words))
            if len(found) < limit and len(words) > 1:
                found |= self._candidates(near(words))
        ranked = sorted(
            (fit, position)
            for position, street in found.items()
            if (fit := rank(query, words, street, close))[0] < ABSENT
        )
        several = limit if query.number == NO_NUMBER else _LOOKED_UP * limit
        addresses = [
            self._address(query, position, found[position]) for _, position in ranked[:several]
        ]
        addresses.sort(key=lambda each: (each.number == NO_NUMBER, each.suffix != query.suffix))
        return addresses[:limit]

    def _candidates(self, expression: str) -> dict[int, StreetWords]:
        """The words of the streets that match, by their positions."""
        return {
            position: StreetWords(*(text.split() for text in texts))
            for position, *texts in self._rows(_FOUND, expression)
        }

    def _address(self, query: AddressQuery, position: int, words: StreetWords) -> Address:
        """The house number of the query in a street, or the street if it has none."""
        ((street_id, *columns),) = self._rows(_AT, position)
        street, rows = street_of(columns), list[tuple[str, int, int]]()
        if query.number != NO_NUMBER and not is_in_name(query, words):
            rows = self._rows(_NUMBERS, street_id, query.number)
        if not rows:
            return _of_street(street)
        suffix, lat, lon = next((row for row in rows if row[0] == query.suffix), rows[0])
        return Address(street, query.number, suffix, lat / DEGREE, lon / DEGREE)

    def _rows(self, statement: str, *parameters: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, parameters).fetchall()

    def _first(self, statement: str) -> object:
        return self._rows(statement)[0][0]


def _of_street(street: Street) -> Address:
    return Address(street, NO_NUMBER, "", street.lat, street.lon)
