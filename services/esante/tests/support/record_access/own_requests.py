"""The AuditEvents of a person's own requests, as the person reads them.

Who reads what was requested of their record reads again the names that they have guessed. That is
no leak if nobody else is in the AuditEvent, and nothing that they have not sent, read or written.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_plus

from record_access.attempts import Answered, Attempt

_WORD: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_VERSION: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}/_history/[A-Za-z0-9\-.]+")
_RESOURCE: Final = re.compile(r"/([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")
_FOUND: Final = re.compile(r'"fullUrl": ?"[^"]*?/([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})"')
_WRITTEN: Final = re.compile(r'"location": ?"(?:[^"]*/)?([A-Z][A-Za-z]+/[^"/]{1,64})/_history/')
_ENTITY: Final = frozenset({"what", "type", "role", "query"})
"""The members of an entity of an AuditEvent that this server writes."""


@dataclass(slots=True)
class OwnRequests:
    """What one person has sent, and read or written. `person`: their reference."""

    person: str
    words: set[str] = field(default_factory=set)
    """Everything in the requests that can be an id."""
    versions: set[str] = field(default_factory=set)
    """References to versions in the requests."""
    queries: set[str] = field(default_factory=set)
    """The query strings and forms, decoded."""
    received: set[str] = field(default_factory=set)
    """References to resources that were read or written."""

    def note(self, attempt: Attempt, answer: Answered) -> None:
        """Note a request and its answer."""
        body = attempt.body
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        sent = unquote_plus(f"{attempt.path} {text}")
        self.words.update(_WORD.findall(sent))
        self.versions.update(_VERSION.findall(sent))
        self.queries.update(unquote_plus(each) for each in _queries(attempt))
        if answer.status < 300:
            self._note_received(attempt, answer)

    def _note_received(self, attempt: Attempt, answer: Answered) -> None:
        text = answer.body.decode(errors="replace")
        self.received.update(_FOUND.findall(text), _WRITTEN.findall(text))
        place = answer.headers.get("location", "").partition("/_history/")[0]
        for each in (attempt.path.partition("?")[0], *_RESOURCE.findall(place)):
            self.received.add(each.removeprefix("/"))

    def is_own(self, event: Mapping[str, Any]) -> bool:
        """Whether a resource is the AuditEvent of a request of this person."""
        if event["resourceType"] != "AuditEvent":
            return False
        agents = event.get("agent", ())
        people = [each["who"]["reference"] for each in agents if "reference" in each.get("who", {})]
        return people == [self.person] and all(map(self._is_known, event.get("entity", ())))

    def _is_known(self, entity: Mapping[str, Any]) -> bool:
        """Whether an entity states nothing that the person has not sent, read or written."""
        if not entity.keys() <= _ENTITY:
            return False
        if "query" in entity:
            query = base64.b64decode(entity["query"]).decode().partition("?")[2]
            if unquote_plus(query) not in self.queries:
                return False
        if "what" not in entity:
            return True
        reference = entity["what"].get("reference", "")
        resource, _, version = reference.partition("/_history/")
        if resource in {self.person, *self.received} or reference in self.versions:
            return True
        return not version and resource.partition("/")[2] in self.words


def _queries(attempt: Attempt) -> Iterator[str]:
    yield attempt.path.partition("?")[2]
    if isinstance(attempt.body, str):
        yield attempt.body
    elif isinstance(attempt.body, dict) and attempt.body["resourceType"] == "Bundle":
        for each in attempt.body["entry"]:
            yield each["request"]["url"].partition("?")[2]
