"""What an answer has beyond the record of the person who asks, and the traces of their requests.

Both grow during an attack: measures arrive, and each request leaves AuditEvents. What remains once
they are taken away is compared. A total is compared with what a program counts in that record
before and after it, which must be the same.
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from record_access.attempts import Answered, Attempt, Names, anonymised
from record_access.own_requests import OwnRequests

_TRIES: Final = 8
"""Until nothing is written to the record during a search."""
_PAGES: Final = 500
Send = Callable[[Attempt], Awaitable[Answered]]
_Entries = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Remainder:
    """What an answer has beyond what is the person's own, without the names in it."""

    status: int
    text: str
    """Headers and body; of a searchset without entries, total and link to the next page."""
    total: int | None = None
    entries: Counter[str] = field(default_factory=Counter)

    def has_more_than(self, before: "Remainder") -> bool:
        """Whether it shows something that was not there before. Entries of the first page that the
        person's own have moved to the second do not count."""
        known = (before.status, before.text, before.total)
        return known != (self.status, self.text, self.total) or bool(self.entries - before.entries)


@dataclass(frozen=True, slots=True)
class _Rest:
    """An answer without what is own."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """The record of one person. `send`: in their name. `count`: by a program."""

    own: OwnRequests
    send: Send
    by_program: Send

    async def beyond_requests(self, attempt: Attempt, names: Names) -> Remainder:
        """The answer without the AuditEvents of the person's own requests, on all its pages."""
        answer = await self.send(attempt)
        if (bundle := _searchset(answer)) is None:
            return Remainder(*anonymised(answer, names))
        others, taken = self._divide(bundle)
        removed, page = len(taken), bundle
        for _ in range(_PAGES):
            if not taken or (following := _next(page)) is None:
                break
            page = _searchset(await self.send(following)) or {}
            more, taken = self._divide(page)
            others, removed = [*others, *more], removed + len(taken)
        return _remainder(answer, bundle, others, removed, names)

    async def beyond_record(self, attempt: Attempt, names: Names) -> Remainder | None:
        """The answer without what the person's own record has, on its first page, and its total
        without what the program counts there. None if that record changes all the time."""
        for _ in range(_TRIES):
            before = await self._count(attempt)
            answer = await self.send(attempt)
            bundle = _searchset(answer)
            if bundle is None:
                return Remainder(*anonymised(answer, names))
            if "total" in bundle and before != await self._count(attempt):
                continue
            others, _ = self._divide(bundle)
            others = [each for each in others if not await self._is_in_record(each["resource"])]
            return _remainder(answer, bundle, others, before or 0, names)
        return None

    def _divide(self, bundle: Mapping[str, Any]) -> tuple[_Entries, _Entries]:
        """The entries of others, and those of the person's own requests."""
        entries = bundle.get("entry", [])
        own = [each for each in entries if self.own.is_own(each["resource"])]
        return [each for each in entries if each not in own], own

    async def _is_in_record(self, resource: Mapping[str, Any]) -> bool:
        if not self._has_record or "id" not in resource:
            return False
        path = f"/{self.own.person}/{resource['resourceType']}?_id={resource['id']}&_elements=id"
        return bool((_searchset(await self.by_program(Attempt("GET", path))) or {}).get("entry"))

    async def _count(self, attempt: Attempt) -> int | None:
        """What the program finds by the same search in the record of the person."""
        if not self._has_record or attempt.method != "GET":
            return None
        path, _, query = attempt.path.partition("?")
        within = f"/{self.own.person}/{path.strip('/') or '*'}?{query}"
        found = _searchset(await self.by_program(Attempt("GET", within)))
        return None if found is None else found.get("total")

    @property
    def _has_record(self) -> bool:
        return self.own.person.startswith("Patient/")


def _searchset(answer: Answered) -> dict[str, Any] | None:
    """The Bundle of a search; None for another answer."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None
    is_found = isinstance(body, dict) and body.get("type") == "searchset"
    return body if is_found else None


def _next(bundle: Mapping[str, Any]) -> Attempt | None:
    for each in bundle.get("link", ()):
        if each["relation"] == "next":
            return Attempt("GET", each["url"].partition("/fhir")[2])
    return None


def _remainder(
    answer: Answered, bundle: Mapping[str, Any], others: _Entries, own: int, names: Names
) -> Remainder:
    """`own`: how many of the total are the person's own."""
    rest = {each: value for each, value in bundle.items() if each not in ("entry", "total")}
    rest["link"] = [each for each in bundle.get("link", ()) if each["relation"] != "next"]
    text = anonymised(_Rest(answer.status, answer.headers, json.dumps(rest).encode()), names)[1]
    bodies = (json.dumps(each).encode() for each in others)
    entries = Counter(anonymised(_Rest(200, {}, each), names)[1] for each in bodies)
    total = bundle["total"] - own if "total" in bundle else None
    return Remainder(answer.status, text, total, entries)
