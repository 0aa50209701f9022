"""batch and transaction: many interactions in one. https://hl7.org/fhir/R4/http.html#transaction"""

import base64
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import orjson

from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Interaction
from esante.core.api.outcomes import rendered
from esante.core.api.responses import Answer, checked_view
from esante.core.api.usage_facts import first_told, told_of
from esante.core.api.views import pretty
from esante.core.domain.bundle import Entry, bundle
from esante.core.domain.resource import instant
from esante.interactions.api.patch_formats import JSON_PATCH, patch_of
from esante.interactions.domain.bundle_request import EntryRequest, read_bundle
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.transaction import Done, transact
from socle.errors import Refusal, Retry
from socle.http import Message, of_refusal, of_retry, of_status
from socle.http.problems import Headers

_FHIR: Final = b"application/fhir+json"
_MOST_READ: Final = 32 * 1024 * 1024  # bytes that the entries of one Bundle read, together
_TOO_MUCH: Final = Refusal(
    "too_large",
    "Les entrées qui précèdent en ont déjà lu autant qu'un Bundle peut : demandez celle-ci à part.",
    issue="too-costly",
)

log = logging.getLogger("esante.bundles")


class BundleInteractions:
    """`answer`: what answers one entry, at its path."""

    answer: Callable[[Asked, str], Awaitable[Answer]]

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        return (Interaction("POST", "", "transaction", "system", self._answer),)

    async def _answer(self, asked: Asked) -> Answer:
        view = checked_view(asked)
        body = await asked.json_body()
        base, aside = self._needs.base, self._needs.aside
        kind, entries = await aside.do(len(body), lambda: read_bundle(body, base=base))
        done: Mapping[int, Done] = {}
        if kind == "transaction":
            done = await transact(entries, by=asked.access, needs=self._needs, patching=patch_of)
        # What reads is answered once all that writes is there to be read.
        answers, headers = await self._answers(entries, done, asked)
        told = bundle("batch-response" if kind == "batch" else "transaction-response", answers)
        if view.pretty:
            told = await aside.do(len(told), lambda: pretty(told.decode()).encode())
        return Answer(200, told, headers)

    async def _answers(
        self, entries: Sequence[EntryRequest], done: Mapping[int, Done], asked: Asked
    ) -> tuple[list[Entry], Headers]:
        """The answer of each entry, and what of all is said to the door; those that are done
        already are told, the others asked."""
        whole = asked.prefer.get("return") == "representation"
        answers: list[Entry] = []
        headers: list[Headers] = []
        room = _MOST_READ
        for each in entries:
            if each.place in done:
                answer = _told(done[each.place], self._needs.base, whole=whole)
                headers.append(_fact(done[each.place]))
            elif room > 0:
                answer, own = await self._alone(each, asked)
                headers.append(own)
            else:
                answer = _refused(_TOO_MUCH)
            room -= len(answer.resource or b"")
            answers.append(answer)
        return answers, first_told(headers)

    async def _alone(self, entry: EntryRequest, asked: Asked) -> tuple[Entry, Headers]:
        """One entry as if it had been asked by itself, and the headers it would have had."""
        path, _, query = entry.url.partition("?")
        text = entry.resource.text.encode() if entry.resource else b""
        headers = {name: value.encode() for name, value in entry.headers.items()}
        headers |= {b"content-type": _FHIR, b"accept": _FHIR}
        if prefer := asked.headers.get(b"prefer"):
            headers[b"prefer"] = prefer
        if entry.method == "PATCH" and entry.resource is not None:
            headers[b"content-type"], text = _patch_body(entry, text)
        method = "GET" if entry.method == "HEAD" else entry.method
        one = Asked(method, _ascii(query), headers, asked.caller, asked.access, _given(text))
        try:
            if path.strip("/") == "":
                raise entry.refuse("un Bundle ne peut en contenir un autre à exécuter.")
            answer = await self.answer(one, path)
        except Refusal as refusal:
            return _refused(refusal), []
        except Retry as retry:
            return _failed(*rendered(of_retry(retry), None)[::2]), []
        except Exception:
            log.exception("Unexpected error in an entry of a batch")
            return _failed(*rendered(of_status(500), None)[::2]), []
        return _answered(answer), answer.headers


def _patch_body(entry: EntryRequest, text: bytes) -> tuple[bytes, bytes]:
    """The patch an entry carries, as it would be sent alone."""
    assert entry.resource is not None
    value = entry.resource.value
    if value.get("resourceType") == "Binary":
        try:
            return JSON_PATCH.encode(), base64.b64decode(str(value.get("data", "")))
        except ValueError:
            return JSON_PATCH.encode(), b""  # refused as no JSON
    return _FHIR, text


def _ascii(query: str) -> bytes:
    return quote(query, safe="%=&:/,|$+-._~!*'();?@#[]").encode()


def _given(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _refused(refusal: Refusal) -> Entry:
    return _failed(*rendered(of_refusal(refusal), None)[::2])


def _failed(status: int, body: bytes) -> Entry:
    members = {"response": {"status": _status(status), "outcome": orjson.Fragment(body)}}
    return Entry(members=members)


def _answered(answer: Answer) -> Entry:
    named = dict(answer.headers)
    response: dict[str, Any] = {"status": _status(answer.status)}
    for member, header in (("location", b"location"), ("etag", b"etag")):
        if header in named:
            response[member] = named[header].decode()
    return Entry(resource=answer.body or None, members={"response": response})


def _told(done: Done, base: str, *, whole: bool) -> Entry:
    change, state = done.change, done.state
    if change is None:
        status = 204 if done.entry.method == "DELETE" else 200
        if done.identity is None or state.text is None or state.updated is None:
            return Entry(members={"response": {"status": _status(status)}})
        version, updated, text = state.version, state.updated, state.text
    else:
        status = 204 if change.text is None else 200 if change.replaces else 201
        version, updated, text = change.version, change.updated, change.text or b""
    response: dict[str, Any] = {"status": _status(status)}
    if status != 204 and done.identity is not None:
        response["location"] = f"{'/'.join(done.identity)}/_history/{version}"
    response |= {"etag": f'W/"{version}"', "lastModified": instant(updated)}
    members: Mapping[str, Any] = {"response": response}
    full_url = f"{base}/{'/'.join(done.identity)}" if done.identity and whole else None
    return Entry(full_url, text if whole and text else None, members)


def _fact(done: Done) -> Headers:
    change = done.change
    if change is None or change.text is None:
        return []
    return told_of(change.interaction, change.type, change.text)
