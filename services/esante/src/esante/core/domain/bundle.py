"""A Bundle put together from texts, none of which is read again.
https://hl7.org/fhir/R4/bundle.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

BundleType = Literal["searchset", "history", "batch-response", "transaction-response"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `resource`: its JSON; `members`: what else it says (`search`, `request`…)."""

    full_url: str | None = None
    resource: bytes | None = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> bytes:
        """Its JSON."""
        parts = []
        if self.full_url is not None:
            parts.append(b'"fullUrl":' + orjson.dumps(self.full_url))
        if self.resource is not None:
            parts.append(b'"resource":' + self.resource)
        parts += [orjson.dumps(name) + b":" + orjson.dumps(v) for name, v in self.members.items()]
        return b"{" + b",".join(parts) + b"}"


def bundle(
    kind: BundleType,
    entries: Iterable[Entry],
    *,
    links: Mapping[str, str] | None = None,
    total: int | None = None,
) -> bytes:
    """Its JSON. `links`: relation → address."""
    parts = [b'{"resourceType":"Bundle","type":"' + kind.encode() + b'"']
    if total is not None:
        parts.append(b',"total":%d' % total)
    if links:
        told = [{"relation": relation, "url": url} for relation, url in links.items()]
        parts.append(b',"link":' + orjson.dumps(told))
    if body := b",".join(entry.told() for entry in entries):
        parts.append(b',"entry":[' + body + b"]")
    return b"".join((*parts, b"}"))
