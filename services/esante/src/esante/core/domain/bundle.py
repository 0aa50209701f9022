"""Bundles rendered from the stored texts of resources, without parsing them.
https://hl7.org/fhir/R4/bundle.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

BundleType = Literal["searchset", "history", "batch-response", "transaction-response", "document"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Bundle.entry."""

    full_url: str | None = None
    resource: bytes | None = None
    """The JSON of the resource."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """The other members: `search`, `request`, `response`."""

    def to_json(self) -> bytes:
        """The JSON of the entry."""
        parts = []
        if self.full_url is not None:
            parts.append(b'"fullUrl":' + orjson.dumps(self.full_url))
        if self.resource is not None:
            parts.append(b'"resource":' + self.resource)
        parts += [orjson.dumps(name) + b":" + orjson.dumps(v) for name, v in self.members.items()]
        return b"{" + b",".join(parts) + b"}"


def render_bundle(
    bundle_type: BundleType,
    entries: Iterable[Entry],
    *,
    links: Mapping[str, str] | None = None,
    total: int | None = None,
    members: Mapping[str, Any] | None = None,
) -> bytes:
    """The JSON of a Bundle. `links`: relation → address. `members`: others of the Bundle."""
    parts = [b'{"resourceType":"Bundle","type":"' + bundle_type.encode() + b'"']
    parts += [
        b"," + orjson.dumps(name) + b":" + orjson.dumps(value)
        for name, value in (members or {}).items()
    ]
    if total is not None:
        parts.append(b',"total":%d' % total)
    if links:
        rendered = [{"relation": relation, "url": url} for relation, url in links.items()]
        parts.append(b',"link":' + orjson.dumps(rendered))
    if body := b",".join(entry.to_json() for entry in entries):
        parts.append(b',"entry":[' + body + b"]")
    return b"".join((*parts, b"}"))
