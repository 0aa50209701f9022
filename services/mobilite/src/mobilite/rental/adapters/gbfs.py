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
from mobilite.rental.adapters.gbfs_fields import language_of, parse_or_none, posix_seconds
from mobilite.rental.domain.gbfs_document import ContentT, Discovery, Document
from mobilite.sources.ports import SourceFault
from socle.http import is_public_name, origin_of

MAX_ENTRIES: Final = 25_000
"""Entries of one file: more than any town has. A thousand of them take some 4 MB in memory."""
_MAX_TTL_SECONDS: Final = 31_536_000
_MAX_ADDRESS_LENGTH: Final = 2000
_MAX_VERSION_LENGTH: Final = 20
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
"""The files that are read, by their names in all versions; the values are those of GBFS 3."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class OpenedFile:
    """A GBFS file whose JSON is parsed; the entries are decoded by its methods."""

    def __init__(self, body: bytes) -> None:
        """Parse the file. Raises SourceFault if it is not JSON or not GBFS."""
        document = _parse_json(body)
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            raise SourceFault(
                "missing_fields", "La réponse est du JSON, mais pas du GBFS : data y manque."
            )
        self._document: Mapping[str, Any] = document
        self.data: Mapping[str, Any] = document["data"]
        """The member of that name."""
        self.notes: Counter[str] = Counter()
        """Doubts about the content by code (`NOTES`); decoding adds to them."""

    def document(self, content: ContentT) -> Document[ContentT]:
        """The decoded file: `content` with the header and the notes."""
        ttl = parse_or_none(int, self._document.get("ttl"))
        version = str(self._document.get("version") or "")[:_MAX_VERSION_LENGTH]
        if not version.startswith(_VERSIONS):
            self.notes["version_unknown"] += 1
        return Document(
            version=version,
            ttl=min(max(ttl or 0, 0), _MAX_TTL_SECONDS),
            last_updated=posix_seconds(self._document.get("last_updated")),
            content=content,
            notes=self.notes,
        )

    def entries(self, *names: str, model: type[ModelT]) -> Iterator[ModelT]:
        """The readable entries of a list in `data`, decoded as `model`.

        `names`: of the list in the various versions; the first one that exists is read. Raises
        SourceFault if there is no such list.
        """
        found = next((self.data[name] for name in names if name in self.data), None)
        if not isinstance(found, list):
            raise SourceFault("missing_fields", f"Le fichier n'a pas de liste data.{names[0]}.")
        if len(found) > MAX_ENTRIES:
            self.notes["too_many_entries"] += len(found) - MAX_ENTRIES
        for entry in found[:MAX_ENTRIES]:
            try:
                yield model.model_validate(entry, context=self.notes)
            except ValidationError:
                self.notes["entry_unreadable"] += 1


def decode_discovery(body: bytes, *, address: str) -> Document[Discovery]:
    """The files listed by the gbfs.json at `address`; the French ones if there are several
    languages (2.x).

    Raises SourceFault if it is not a GBFS file, or if neither the stations nor the vehicles are at
    an address that is allowed.
    """
    opened = OpenedFile(body)
    files: dict[str, str] = {}
    for entry in _listed_files(opened.data):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            opened.notes["entry_unreadable"] += 1
            continue
        name = _NAMES.get(entry["name"].strip().lower().removesuffix(".json"))
        if name is None or (name in files and entry["name"] != name):
            continue
        url = _address_to_follow(entry.get("url"), address)
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


def _listed_files(data: Mapping[str, Any]) -> list[Any]:
    """The entries of `feeds`: a list as in 3.x, or the list of one language as in 2.x; each form
    is accepted in any version."""
    if isinstance(data.get("feeds"), list):
        return list(data["feeds"])
    languages = {
        language: feeds_of_language["feeds"]
        for language, feeds_of_language in data.items()
        if isinstance(feeds_of_language, dict) and isinstance(feeds_of_language.get("feeds"), list)
    }
    chosen = best_translation([Translation(code, language_of(code)) for code in languages], ())
    return [] if chosen is None else languages[chosen.text]


def _address_to_follow(url: Any, base: str) -> str | None:
    """The address of a listed file; None if it must not be read. `base`: of gbfs.json.

    A relative address, which the standard does not allow but files on disk need, is relative to
    gbfs.json. If gbfs.json is read over HTTP, so is the file, and from no internal address other
    than that of gbfs.json itself. If gbfs.json is on disk, the file is at a URL, or in its folder.
    """
    if not isinstance(url, str) or not 0 < len(url) <= _MAX_ADDRESS_LENGTH or not url.isprintable():
        return None
    try:
        if is_http(url) or is_http(base):
            document = urljoin(base, url) if is_http(base) else url
            return document if is_http(document) and _is_host_allowed(document, base) else None
    except ValueError:
        return None
    folder = Path(base).parent
    path = (folder / url).resolve()
    return str(path) if path.is_relative_to(folder.resolve()) else None


def _is_host_allowed(url: str, base: str) -> bool:
    """Whether the host of a URL can be requested: if it has a public name, or gbfs.json is at the
    same origin. The resolved address is checked at request time (`socle.http.trusting_origin`)."""
    origin = origin_of(url)
    _, host, port = origin
    if not host or port == 0:
        return False
    return origin == origin_of(base) or is_public_name(host)


def _parse_json(body: bytes) -> Any:
    """The content of a JSON file. Raises SourceFault if it is not JSON."""
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
