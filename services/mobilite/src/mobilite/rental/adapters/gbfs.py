"""Decodes GBFS files: the common header, the entries, and gbfs.json.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#gbfsjson . Both forms of every field are
accepted in any version: real feeds mix them. An invalid entry does not affect the others.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urljoin

import orjson
from pydantic import BaseModel, ValidationError

from mobilite.feeds.adapters.feeds_file import is_http
from mobilite.gtfs.domain.translations import Translation, best_translation
from mobilite.rental.adapters.gbfs_fields import either, language_of, posix_seconds
from mobilite.rental.domain.gbfs_document import ContentT, Discovery, Document
from mobilite.sources.ports import SourceFault
from socle.http import is_public_name, origin_of

MOST_ENTRIES: Final = 25_000
"""Entries of one file: more than any town has. A thousand of them take some 4 MB in memory."""
_LONGEST_TTL: Final = 31_536_000
_LONGEST_ADDRESS: Final = 2000
_VERSIONS: Final = ("2.0", "2.1", "2.2", "2.3", "3.0", "3.1")
_NAMES: Final = {
    "system_information": "system_information",
    "vehicle_types": "vehicle_types",
    "station_information": "station_information",
    "station_status": "station_status",
    "vehicle_status": "vehicle_status",
    "free_bike_status": "vehicle_status",
    "system_pricing_plans": "system_pricing_plans",
    "system_alerts": "system_alerts",
}
"""The files read, with their older names."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class OpenedFile:
    """A parsed GBFS file: `data`, and the notes of its entries."""

    def __init__(self, body: bytes) -> None:
        """Raises SourceFault if it is no GBFS file."""
        document = _json(body)
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            raise SourceFault(
                "missing_fields", "La réponse est du JSON, mais pas du GBFS : data y manque."
            )
        self._document: Mapping[str, Any] = document
        self.data: Mapping[str, Any] = document["data"]
        self.notes: Counter[str] = Counter()

    def document(self, content: ContentT) -> Document[ContentT]:
        """The file with its header and the decoded content."""
        ttl = either(int, self._document.get("ttl"))
        version = str(self._document.get("version") or "")[:20]
        if not version.startswith(_VERSIONS):
            self.notes["version_unknown"] += 1
        return Document(
            version=version,
            ttl=min(max(ttl or 0, 0), _LONGEST_TTL),
            last_updated=posix_seconds(self._document.get("last_updated")),
            content=content,
            notes=self.notes,
        )

    def entries(self, *names: str, model: type[ModelT]) -> Iterator[ModelT]:
        """The readable entries of the list, by the first of `names` that exists.

        Raises SourceFault if there is no such list.
        """
        found = next((self.data[name] for name in names if name in self.data), None)
        if not isinstance(found, list):
            raise SourceFault("missing_fields", f"Le fichier n'a pas de liste data.{names[0]}.")
        if len(found) > MOST_ENTRIES:
            self.notes["too_many_entries"] += len(found) - MOST_ENTRIES
        for entry in found[:MOST_ENTRIES]:
            try:
                yield model.model_validate(entry, context=self.notes)
            except ValidationError:
                self.notes["entry_unreadable"] += 1


def decode_discovery(body: bytes, *, address: str) -> Document[Discovery]:
    """The files listed by the gbfs.json at `address`; the French ones if there are several
    languages (2.x).

    Raises SourceFault if none of the files can be followed.
    """
    opened = OpenedFile(body)
    files: dict[str, str] = {}
    for entry in _listed(opened.data):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            opened.notes["entry_unreadable"] += 1
            continue
        name = _NAMES.get(entry["name"].strip().lower().removesuffix(".json"))
        if name is None or (name in files and entry["name"] != name):
            continue
        url = _followed(entry.get("url"), address)
        if url is None:
            opened.notes["address_refused"] += 1
        else:
            files[name] = url
    if not files.keys() & {"station_information", "vehicle_status"}:
        raise SourceFault(
            "missing_fields",
            "gbfs.json ne donne ni station_information ni vehicle_status (free_bike_status) qui "
            "puissent être suivis.",
        )
    if "station_information" in files and "station_status" not in files:
        opened.notes["station_status_missing"] += 1
    return opened.document(Discovery(files))


def _listed(data: Mapping[str, Any]) -> list[Any]:
    """The feeds, flat as in 3.x or by language as in 2.x, in any version."""
    if isinstance(data.get("feeds"), list):
        return list(data["feeds"])
    languages = {
        language: feeds_of_language["feeds"]
        for language, feeds_of_language in data.items()
        if isinstance(feeds_of_language, dict) and isinstance(feeds_of_language.get("feeds"), list)
    }
    chosen = best_translation([Translation(code, language_of(code)) for code in languages], ())
    return [] if chosen is None else languages[chosen.text]


def _followed(url: Any, base: str) -> str | None:
    """The address of a listed file, None if it must not be followed.

    A relative one, which the standard does not allow but files on disk need, is relative to
    gbfs.json. Over HTTP only HTTP is followed, and never to an internal address other than the
    server's own. On disk, only within the folder.
    """
    if not isinstance(url, str) or not 0 < len(url) <= _LONGEST_ADDRESS or not url.isprintable():
        return None
    try:
        if is_http(url) or is_http(base):
            document = urljoin(base, url) if is_http(base) else url
            return document if is_http(document) and _outside(document, base) else None
    except ValueError:
        return None
    folder = Path(base).parent
    path = (folder / url).resolve()
    return str(path) if path.is_relative_to(folder.resolve()) else None


def _outside(url: str, base: str) -> bool:
    """Whether the host may be requested: not an internal one, unless gbfs.json is at that
    origin. The resolved address is checked at request time (`socle.http.trusting_origin`)."""
    origin = origin_of(url)
    _, host, port = origin
    if not host or port == 0:
        return False
    return origin == origin_of(base) or is_public_name(host)


def _json(body: bytes) -> Any:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise SourceFault("empty", "La réponse est vide.")
    if start.startswith(b"<"):
        raise SourceFault("html", "La réponse est une page HTML ou du XML, pas du JSON.")
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise SourceFault(
            "not_json",
            f"La réponse n'est pas du JSON lisible (ligne {error.lineno}, colonne {error.colno}) : "
            "elle est tronquée ou abîmée.",
        ) from None
