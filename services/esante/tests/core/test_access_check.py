"""Open records of an earlier request are used only if the handler has checked them."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from esante.access.domain.open_records import OpenRecords
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import FhirRouter, Route
from esante.core.api.responses import FhirResponse
from esante.core.domain.permissions import Access, RevisionCheck
from esante.core.flows.body_budget import BodyBudget
from esante.core.flows.worker_pool import WorkerPool
from socle.auth import Caller
from socle.errors import Refusal

CALLER = Caller("professional", "camille", frozenset(), None, None, None, "house", {})
CACHED, LOADED = OpenRecords(1), OpenRecords(1)
REFUSED = Refusal("not_found", "Fermé.")

Handler = Callable[[FhirRequest], Awaitable[FhirResponse]]


async def used_records(
    handler: Handler, *, checks_access: bool = True, revision: int = 8
) -> list[OpenRecords]:
    """The records that each call of the handler had. `revision`: the current one."""
    used: list[OpenRecords] = []

    async def recording(request: FhirRequest) -> FhirResponse:
        assert isinstance(request.access.records, OpenRecords)
        used.append(request.access.records)
        return await handler(request)

    async def load(access: Access) -> Access:
        return replace(access, records=LOADED, check=None)

    async def receive() -> dict[str, object]:
        raise NotImplementedError

    async def is_current(check: RevisionCheck) -> bool:
        return check.revision == revision

    closed = Access({}, records=OpenRecords(1))
    router = FhirRouter(
        [Route("GET", "{type}", "search-type", "type", recording, checks_access=checks_access)],
        lambda _: closed,
        load,
        lambda access: replace(
            access, records=CACHED, check=RevisionCheck(("camille", "", "", ""), 7)
        ),
        is_current,
        BodyBudget(1, 1, executed=1, release_memory=lambda: None),
        WorkerPool(),
        max_body=1,
        max_bundle=1,
    )
    request = FhirRequest("GET", b"", {}, CALLER, closed, receive)
    with suppress(Refusal):
        await router.respond(request, "/Patient")
    return used


def handler(revision: int | None, *, refuses: bool = False) -> Handler:
    """A handler that reads that revision; None: none."""

    async def handle(request: FhirRequest) -> FhirResponse:
        if request.access.check is not None and revision is not None:
            request.access.check.confirm(revision)
        if refuses:
            raise REFUSED
        return FhirResponse(200, b"")

    return handle


@pytest.mark.parametrize(
    ("read", "used"),
    [
        (handler(7), [CACHED]),
        (handler(8), [CACHED, LOADED]),
        (handler(None), [CACHED, LOADED]),
        (handler(7, refuses=True), [CACHED]),
        (handler(8, refuses=True), [CACHED, LOADED]),
        (handler(None, refuses=True), [CACHED, LOADED]),
    ],
)
async def test_records_that_are_not_checked_are_loaded(
    read: Handler, used: list[OpenRecords]
) -> None:
    assert await used_records(read) == used


async def test_a_refusal_under_current_records_is_final() -> None:
    assert await used_records(handler(None, refuses=True), revision=7) == [CACHED]
    assert await used_records(handler(None), revision=7) == [CACHED, LOADED]


async def test_other_handlers_have_loaded_records() -> None:
    assert await used_records(handler(7), checks_access=False) == [LOADED]
