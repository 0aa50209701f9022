"""One request of an attack, and what its answer says once the names in it are removed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

JSON: Final = "application/fhir+json"
JSON_PATCH: Final = "application/json-patch+json"
FORM: Final = "application/x-www-form-urlencoded"
_VARIABLE: Final = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d|%2B\d\d:\d\d)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_HEADERS: Final = ("etag", "location", "content-location", "last-modified", "link", "retry-after")


class Names(NamedTuple):
    """The names of a record: those of one that exists, or of one that never did."""

    record: str
    """The id of its Patient and of each resource in it."""
    secret: str
    """The word that its resources are found by."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request."""

    method: str
    path: str
    """Below the FHIR base, with the query; encoded."""
    body: Any = None
    """Sent as JSON; a text as it is; None: without."""
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        more = "".join(f" {name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}{more}"


class Answered(Protocol):
    """One response."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes: ...


def anonymised(answer: Answered, names: Names) -> tuple[int, str]:
    """Status, headers and body, without the names, and the ids and instants that always differ."""
    headers = "\n".join(f"{each}: {answer.headers.get(each)}" for each in _HEADERS)
    text = _VARIABLE.sub("*", f"{headers}\n{answer.body.decode(errors='replace')}")
    text = re.sub(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ GMT", "*", text)
    # The cursor of a page has a digest of the query.
    text = re.sub(r"_cursor=[^&\"<>\s]*", "_cursor=*", text)
    return answer.status, text.replace(names.secret, "SECRET").replace(names.record, "RECORD")
