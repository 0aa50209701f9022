"""batch and transaction. https://hl7.org/fhir/R4/http.html#transaction"""

import base64
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import quote

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.formats import FHIR_JSON
from esante.core.api.outcomes import render_problem
from esante.core.api.request_body import DisconnectWatch
from esante.core.api.responses import FhirResponse, negotiate_view
from esante.core.api.usage_facts import fact_headers_of, first_fact
from esante.core.api.views import View, indent_json
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.outcome import operation_outcome
from esante.core.domain.resource import format_instant
from esante.interactions.api.idempotency_header import dependencies_of, idempotency_key_of
from esante.interactions.api.patch_formats import JSON_PATCH, patch_from_resource
from esante.interactions.api.write_responses import write_response
from esante.interactions.domain.bundle_request import MAX_VALUES, EntryRequest, read_bundle
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.idempotency import claim_key
from esante.interactions.flows.prepare_write import written_resource
from esante.interactions.flows.transaction import run_transaction
from esante.interactions.flows.transaction_results import (
    EntryResult,
    recorded_entries,
    written_resources,
)
from socle.errors import Refusal, Retry
from socle.http import UNITS_HEADER, Message, of_refusal, of_retry, of_status
from socle.http.problems import Headers

_FHIR: Final = b"application/fhir+json"
_MAX_READ_BYTES: Final = 32 * 1024 * 1024
"""Bytes of resources in one response Bundle after which the other entries are refused: those that
read, and in a batch also those that write."""
_TOO_MUCH_READ: Final = Refusal(
    "too_large",
    "Les entrées qui précèdent en ont déjà lu autant qu'un Bundle peut : demandez celle-ci à part.",
    issue="too-costly",
)
_NOT_JSON: Final = Refusal(
    "invalid",
    "Une entrée de Bundle n'a que du JSON FHIR en réponse : demandez celle-ci à part.",
    rule="not-acceptable",
    issue="not-supported",
)

log = logging.getLogger("esante.bundles")


class BundleInteractions:
    """The interactions batch and transaction."""

    respond: Callable[[FhirRequest, str], Awaitable[FhirResponse]]
    """`FhirRouter.respond`, set by wiring."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The route of these interactions."""
        return (Route("POST", "", "transaction", "system", self._handle),)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        view = negotiate_view(request)
        request.access.require_any()
        bundle_type, entries, key = await self._read(request)
        workers = self._dependencies.workers
        own = dependencies_of(request, self._dependencies)
        async with claim_key(key, own) as (records, dependencies):
            with DisconnectWatch(request.receive) as caller:
                done = await recorded_entries(
                    entries, bundle_type, records, by=request.access, dependencies=dependencies
                )
                if bundle_type == "transaction" and not records:
                    done = await run_transaction(
                        entries,
                        by=request.access,
                        dependencies=dependencies,
                        read_patch=patch_from_resource,
                        before_write=caller.check,
                    )
                if bundle_type == "transaction":
                    request.touched += written_resources(done.values())
                request.idempotency_key = dependencies.idempotency_key
                # Reading entries are executed after all writes are committed.
                responses, headers = await self._entry_responses(
                    entries, done, request, caller, is_batch=bundle_type == "batch"
                )
        rendered = render_bundle(
            "batch-response" if bundle_type == "batch" else "transaction-response", responses
        )
        if view.pretty:
            rendered = await workers.run(
                len(rendered), lambda: indent_json(rendered.decode()).encode()
            )
        headers = [*headers, (UNITS_HEADER, b"%d" % max(1, len(entries)))]
        return FhirResponse(200, rendered, headers)

    async def _read(
        self, request: FhirRequest
    ) -> tuple[Literal["batch", "transaction"], list[EntryRequest], IdempotencyKey | None]:
        """The type, the entries and the key of a request, whose body is no longer held."""
        body = await request.json_body(max_values=MAX_VALUES)
        base, workers = self._dependencies.base, self._dependencies.workers
        bundle_type, entries = await workers.run(len(body), lambda: read_bundle(body, base=base))
        return bundle_type, entries, await idempotency_key_of(request, body, workers)

    async def _entry_responses(
        self,
        entries: Sequence[EntryRequest],
        done: Mapping[int, EntryResult],
        request: FhirRequest,
        caller: DisconnectWatch,
        *,
        is_batch: bool,
    ) -> tuple[list[Entry], Headers]:
        """The response of each entry, and the header with a usage fact.

        `done`: the results of the entries already executed, by index; in a batch by the first
        request with its key. Raises ClientDisconnected
        before the next entry once the caller has disconnected.
        """
        preferred = request.prefer.get("return")
        responses: list[Entry] = []
        headers: list[Headers] = []
        remaining = _MAX_READ_BYTES
        for each in entries:
            if each.place in done and is_batch:
                response = await self._recorded_response(done[each.place], request)
            elif each.place in done:
                response = _entry_response(
                    done[each.place], self._dependencies.base, preferred=preferred
                )
                headers.append(_fact_headers(done[each.place]))
            elif remaining > 0:
                await caller.check()
                response, own = await self._execute(each, request)
                headers.append(own)
            else:
                response = _refused(_TOO_MUCH_READ)
            remaining -= len(response.resource or b"")
            responses.append(response)
        return responses, first_fact(headers)

    async def _recorded_response(self, done: EntryResult, request: FhirRequest) -> Entry:
        """The response of an entry of a batch that the first request with its key has executed."""
        if done.refusal is not None:
            return _refused(done.refusal)
        change = done.change
        assert change is not None
        if change.text is None:
            etag = [(b"etag", b'W/"%d"' % change.version)]
            return _rendered_response(FhirResponse(204, b"", etag))
        response = await write_response(
            written_resource(change),
            request,
            View(),
            interaction="update" if change.replaces else "create",
            dependencies=self._dependencies,
        )
        return _rendered_response(response, is_outcome=_prefers_outcome(request))

    async def _execute(self, entry: EntryRequest, request: FhirRequest) -> tuple[Entry, Headers]:
        """Execute an entry as a request of its own; returns its response and headers."""
        path = entry.url.partition("?")[0]
        try:
            if path.strip("/") == "":
                raise entry.refuse("un Bundle ne peut en contenir un autre à exécuter.")
            # Its patch is parsed.
            size = len(entry.text) if entry.method == "PATCH" else 0
            own = await self._dependencies.workers.run(size, lambda: _own_request(entry, request))
            response = await self.respond(own, path)
            if response.content_type != FHIR_JSON:
                raise _NOT_JSON
        except Refusal as refusal:
            return _refused(refusal), []
        except Retry as retry:
            return _failed(*render_problem(of_retry(retry), None)[::2]), []
        except Exception:
            log.exception("Unexpected error in an entry of a batch")
            return _failed(*render_problem(of_status(500), None)[::2]), []
        is_outcome = _prefers_outcome(own) and own.method != "GET" and "$" not in path
        is_outcome = is_outcome and not path.endswith("_search")
        return _rendered_response(response, is_outcome=is_outcome), response.headers


def _own_request(entry: EntryRequest, request: FhirRequest) -> FhirRequest:
    """The request of an entry of a batch. Raises Refusal if its patch cannot be read."""
    query = entry.url.partition("?")[2]
    text = entry.text.encode()
    headers = {name: value.encode() for name, value in entry.headers.items()}
    headers |= {b"content-type": _FHIR, b"accept": _FHIR}
    if prefer := request.headers.get(b"prefer"):
        headers[b"prefer"] = prefer
    if entry.method == "PATCH":
        headers[b"content-type"], text = _patch_body(entry, text)
    key = request.idempotency_key
    return FhirRequest(
        "GET" if entry.method == "HEAD" else entry.method,
        _ascii(query),
        headers,
        request.caller,
        request.access,
        _receive(text),
        idempotency_key=None if key is None else replace(key, place=entry.place),
    )


def _patch_body(entry: EntryRequest, text: bytes) -> tuple[bytes, bytes]:
    """(Content-Type, body) of the patch of an entry, as a request of its own."""
    resource = entry.resource
    value = resource.value if resource else {}
    if value.get("resourceType") == "Binary":
        try:
            return JSON_PATCH.encode(), base64.b64decode(str(value.get("data", "")))
        except ValueError:
            return JSON_PATCH.encode(), b""  # then refused, as it is not JSON
    return _FHIR, text


def _ascii(query: str) -> bytes:
    return quote(query, safe="%=&:/,|$+-._~!*'();?@#[]").encode()


def _receive(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _refused(refusal: Refusal) -> Entry:
    return _failed(*render_problem(of_refusal(refusal), None)[::2])


def _failed(status: int, body: bytes) -> Entry:
    members = {"response": {"status": _status(status), "outcome": orjson.Fragment(body)}}
    return Entry(members=members)


def _prefers_outcome(request: FhirRequest) -> bool:
    return request.prefer.get("return") == "OperationOutcome"


def _rendered_response(answer: FhirResponse, *, is_outcome: bool = False) -> Entry:
    """`is_outcome`: whether the body of the answer is `response.outcome` rather than a resource."""
    named = dict(answer.headers)
    response: dict[str, Any] = {"status": _status(answer.status)}
    for member, header in (("location", b"location"), ("etag", b"etag")):
        if header in named:
            response[member] = named[header].decode()
    if is_outcome and answer.body:
        response["outcome"] = orjson.Fragment(answer.body)
        return Entry(members={"response": response})
    return Entry(resource=answer.body or None, members={"response": response})


def _entry_response(done: EntryResult, base: str, *, preferred: str | None) -> Entry:
    """`preferred`: of `Prefer: return`."""
    change, state = done.change, done.state
    with_resource = preferred == "representation"
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
    response |= {"etag": f'W/"{version}"', "lastModified": format_instant(updated)}
    if preferred == "OperationOutcome" and change is not None and change.warnings:
        response["outcome"] = operation_outcome(change.warnings)
    members: Mapping[str, Any] = {"response": response}
    full_url = f"{base}/{'/'.join(done.identity)}" if done.identity and with_resource else None
    return Entry(full_url, text if with_resource and text else None, members)


def _fact_headers(done: EntryResult) -> Headers:
    change = done.change
    if change is None or change.text is None:
        return []
    return fact_headers_of(change.interaction, change.type, change.text)
