"""Parses a batch or transaction Bundle into the requests of its entries.
https://hl7.org/fhir/R4/http.html#transaction
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote

from esante.core.domain.json_parser import (
    JsonObject,
    Scanner,
    parse_document,
    parse_object,
    scan_list,
    scan_object,
    scan_standalone,
    scan_text,
)
from socle.errors import Refusal

MAX_ENTRIES: Final = 10_000
MAX_VALUES: Final = 600_000
"""Values in one Bundle; 8 MB of usual resources have half as many."""
_PARSED_AT_ONCE: Final = 1024 * 1024
"""Bytes of a Bundle past which a resource is parsed when its entry is executed: all together take
ten times the bytes."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADERS: Final = {
    "ifNoneMatch": b"if-none-match",
    "ifModifiedSince": b"if-modified-since",
    "ifMatch": b"if-match",
    "ifNoneExist": b"if-none-exist",
}
_BODIED: Final = frozenset({"POST", "PUT", "PATCH"})
_URL: Final = re.compile(r"[^\s\x00-\x1f]{1,8192}")


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """Bundle.entry with its request."""

    place: int
    """The index of the entry."""
    full_url: str | None
    method: str
    url: str
    """Relative to the FHIR base."""
    headers: Mapping[bytes, str]
    """`ifMatch`… as HTTP headers."""
    content: JsonObject | bytes | None
    """The resource: parsed, or its text in a large Bundle. None without one, which only some
    methods and addresses permit."""

    @property
    def text(self) -> str:
        """The JSON of the resource; empty without one."""
        if isinstance(self.content, bytes):
            return self.content.decode()
        return self.content.text if self.content else ""

    @property
    def resource(self) -> JsonObject | None:
        """The resource; None without one. Raises the Refusals of `parse_object`."""
        return parse_object(self.content) if isinstance(self.content, bytes) else self.content

    @property
    def path(self) -> tuple[str, ...]:
        """The path segments of `url`."""
        return tuple(unquote(each) for each in self.url.partition("?")[0].split("/") if each)

    @property
    def criteria(self) -> list[tuple[str, str]] | None:
        """The query of `url` as pairs; None without one."""
        _, sign, query = self.url.partition("?")
        return parse_qsl(query, keep_blank_values=True) if sign else None

    def refuse(self, sentence: str, **details: Any) -> Refusal:
        """A Refusal("invalid") of this entry. `sentence`: in French. `details`: of the Refusal."""
        where = {"expression": [f"Bundle.entry[{self.place}]"]}
        return Refusal("invalid", f"Entrée {self.place} : {sentence}", **(where | details))


def read_bundle(
    body: bytes, *, base: str
) -> tuple[Literal["batch", "transaction"], list[EntryRequest]]:
    """The type and the entries of a Bundle.

    `base`: the FHIR base as callers see it; it is removed from absolute URLs. Raises Refusal if
    malformed or too large.
    """
    scan = _scan_large_bundle if len(body) > _PARSED_AT_ONCE else _scan_bundle
    parsed = parse_document(body, scan, max_values=MAX_VALUES)
    value = parsed.value
    if value.get("resourceType") != "Bundle" or value.get("type") not in ("batch", "transaction"):
        raise Refusal(
            "invalid", "Cette adresse attend un Bundle de type batch ou transaction.", issue="value"
        )
    entries: list[JsonObject] = value.get("entry", [])
    if len(entries) > MAX_ENTRIES:
        raise Refusal("too_large", f"Un Bundle a {MAX_ENTRIES} entrées au plus.", issue="too-long")
    bundle_type: Literal["batch", "transaction"] = value["type"]
    return bundle_type, [_request(at, entry, base=base) for at, entry in enumerate(entries)]


def _bundle_scanner(scan_resource: Scanner[JsonObject | bytes]) -> Scanner[JsonObject]:
    def entry(text: str, at: int) -> tuple[JsonObject, int]:
        return scan_object(text, at, {"resource": scan_resource})

    def entries(text: str, at: int) -> tuple[list[JsonObject], int]:
        return scan_list(text, at, entry)

    return lambda text, at: scan_object(text, at, {"entry": entries})


_scan_bundle: Final = _bundle_scanner(scan_standalone)
_scan_large_bundle: Final = _bundle_scanner(scan_text)


def _request(place: int, entry: JsonObject, *, base: str) -> EntryRequest:
    value = entry.value
    request, full_url = value.get("request"), value.get("fullUrl")
    where = f"Bundle.entry[{place}].request"
    if not isinstance(request, dict):
        raise _malformed(place, "« request » manque", where)
    method, url = request.get("method"), request.get("url")
    if method not in _METHODS:
        raise _malformed(place, f"« method » est l'un de {', '.join(sorted(_METHODS))}", where)
    resource = value.get("resource")
    if url is None:
        url = _url_of(method, resource)
    if not isinstance(url, str) or not _URL.fullmatch(url):
        raise _malformed(place, "« url » manque ou n'est pas une adresse", where)
    if full_url is not None and not isinstance(full_url, str):
        raise _malformed(place, "« fullUrl » n'est pas un texte", where)
    if resource is None and method in _BODIED and "/_search" not in url and "$" not in url:
        raise _malformed(place, f"« resource » manque ({method})", where)
    headers = {header: str(request[name]) for name, header in _HEADERS.items() if name in request}
    relative_url = (
        url.removeprefix(base).lstrip("/") if url.startswith(base + "/") else url.lstrip("/")
    )
    return EntryRequest(place, full_url, method, relative_url, headers, resource)


def _url_of(method: str, resource: JsonObject | bytes | None) -> str | None:
    """The address of an entry without `request.url`, which its resource gives; None if it does not.

    R4 requires one. HAPI's client sends none for the resources of `withResources`.
    """
    if resource is None or method not in ("POST", "PUT"):
        return None
    value = (parse_object(resource) if isinstance(resource, bytes) else resource).value
    names = ("resourceType",) if method == "POST" else ("resourceType", "id")
    parts = [value.get(each) for each in names]
    return "/".join(map(str, parts)) if all(isinstance(each, str) for each in parts) else None


def _malformed(place: int, why: str, where: str) -> Refusal:
    return Refusal("invalid", f"Entrée {place} : {why}.", issue="required", expression=[where])
