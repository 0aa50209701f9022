"""Bundles: the identity of their entries, their requests, and the references between entries.

What R4 states as invariants is checked with the other invariants. In a document or a message the
identity of an entry decides what it means, so a contradiction is an error; elsewhere it is a
warning, since the collections of others have them (decision 96).
https://hl7.org/fhir/R4/bundle.html#references
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from esante.core.domain.structures import RESOURCE_TYPES
from esante.validation.domain.checks.bundle_links import check_links
from esante.validation.domain.findings import Code, Findings, Place
from esante.validation.domain.invariants import Node

_RESTFUL: Final = re.compile(r"https?://\S+/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_UUID: Final = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TARGET: Final = re.compile(r"/?([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64})|\?\S*)?(?:[?$/]\S*)?")
# The server itself, an operation, or an absolute address, which is that of some server.
_OTHER_TARGET: Final = re.compile(r"/?$|.*\$|https?://")
_STATUS: Final = re.compile(r"[1-5][0-9]{2}( .*)?")
_REQUESTS: Final = ("batch", "transaction")
_RESPONSES: Final = ("batch-response", "transaction-response")
_STRICT: Final = ("document", "message")
"""The types whose entries are identified without contradiction."""
_Report = Callable[[Code, Place, str], None]


def check_bundle(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a Bundle."""
    bundle_type = str(node.get("type"))
    warn = partial(found.warning, topic="bundle")
    report: _Report = found.error if bundle_type in _STRICT else warn
    entries = list(_entries(node, place))
    for entry, below in entries:
        _check_full_url(entry, below, report)
        _check_response(entry, below, warn)
        if bundle_type in _REQUESTS:
            _check_request(entry, below, warn)
    if bundle_type not in ("history", "batch", *_RESPONSES):
        _check_identities(entries, report)
    check_links(node, place, found)


def _entries(node: Node, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    entries = node.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield entry, (place, "entry", index)


def _check_full_url(entry: Node, place: Place, report: _Report) -> None:
    """The full URL is absolute, and that of the resource."""
    full_url, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(full_url, str):
        return
    below: Place = (place, "fullUrl", None)
    if full_url.startswith("urn:uuid:"):
        if not _UUID.fullmatch(full_url):
            report("value", below, f"« {full_url[:80]} » n’est pas un UUID.")
        return
    if not _ABSOLUTE.fullmatch(full_url):
        words = "Une adresse complète est absolue (http…, urn:uuid:…)."
        report("value", below, words)
        return
    match = _RESTFUL.fullmatch(full_url)
    if match is None or match[1] not in RESOURCE_TYPES or not isinstance(resource, dict):
        return
    identity = resource.get("resourceType"), resource.get("id", match[2])
    if identity != (match[1], match[2]):
        words = (
            f"L’adresse complète est celle de {match[1]}/{match[2]}, "
            f"la ressource est {identity[0]}/{identity[1]}."
        )
        report("value", below, words)


def _check_identities(entries: list[tuple[Mapping[str, Any], Place]], report: _Report) -> None:
    """No two entries are the same version of a resource."""
    seen: set[tuple[object, ...]] = set()
    for entry, place in entries:
        resource = entry.get("resource")
        if not isinstance(resource, dict) or not isinstance(resource.get("id"), str):
            continue
        meta = resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        # Resources of two servers can have the same id.
        full_url = str(entry.get("fullUrl", ""))
        server = full_url.partition(f"/{resource.get('resourceType')}/")[0]
        identity = (
            "urn" if server.startswith("urn:") else server,
            str(resource.get("resourceType")),
            str(resource["id"]),
            str(version),
        )
        if identity in seen:
            words = f"{identity[1]}/{identity[2]} est déjà dans une autre entrée."
            report("value", (place, "resource", None), words)
        seen.add(identity)


def _check_request(entry: Node, place: Place, report: _Report) -> None:
    """What a request of a batch or transaction addresses, and the resource it sends."""
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict):
        return
    method, url = request.get("method"), request.get("url")
    if method in ("POST", "PUT") and "resource" not in entry and "$" not in str(url):
        report("required", (place, "resource", None), f"{method} envoie une ressource.")
    if method in ("GET", "HEAD", "DELETE") and "resource" in entry:
        report("structure", (place, "resource", None), f"{method} n’envoie pas de ressource.")
    if not isinstance(url, str):
        return
    below: Place = ((place, "request", None), "url", None)
    match = _TARGET.fullmatch(url)
    if match is None or match[1] not in RESOURCE_TYPES:
        if method in ("POST", "PUT", "DELETE", "PATCH") and not _OTHER_TARGET.match(url):
            words = f"« {url[:80]} » ne désigne ni un type de ressource ni une ressource."
            report("value", below, words)
        return
    if not isinstance(resource, dict) or method not in ("POST", "PUT") or "$" in url:
        return
    if match[1] != resource.get("resourceType"):
        words = f"La requête vise {match[1]}, la ressource est {resource.get('resourceType')}."
        report("value", below, words)
    elif method == "PUT" and match[2] and resource.get("id", match[2]) != match[2]:
        words = f"La requête vise {url}, la ressource est {match[1]}/{resource.get('id')}."
        report("value", below, words)


def _check_response(entry: Node, place: Place, warn: _Report) -> None:
    response = entry.get("response")
    status = response.get("status") if isinstance(response, dict) else None
    if isinstance(status, str) and not _STATUS.fullmatch(status):
        words = "Un état commence par un code HTTP de trois chiffres."
        warn("value", ((place, "response", None), "status", None), words)
