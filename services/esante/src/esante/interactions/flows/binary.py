"""create and update of a Binary sent as bytes, and its bytes read. A small content is the `data` of
the resource, as if it had been sent as JSON; a larger one is stored in chunks.

https://hl7.org/fhir/R4/binary.html
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.json_parser import parse_json, parse_object
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.interactions.domain.binary import BINARY, binary_text, data_of, without_data
from esante.interactions.domain.content_digests import ContentDigests
from esante.interactions.flows.create import create
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.idempotency import claim_key, recorded_resource
from esante.interactions.flows.prepare_write import (
    check_resource_id,
    prepare_create,
    written_resource,
)
from esante.interactions.flows.update import (
    Precondition,
    UpdateOutcome,
    prepare_update,
    update,
    write_contention,
)
from esante.interactions.flows.write_change import write_change
from esante.store.ports import BinaryContent, Change, WriteConflict
from socle.errors import Refusal, Retry


@dataclass(frozen=True, slots=True)
class SentBytes:
    """A Binary as a request sends it."""

    media: str
    """Its media type."""
    context: str | None
    """The reference of its `securityContext`."""
    chunks: AsyncGenerator[bytes, None]
    """Its content; not read before the request is permitted."""
    digests: ContentDigests
    make_key: Callable[[bytes], IdempotencyKey] | None = None
    """The Idempotency-Key of a create, from the SHA-256 of the content; None without one."""


@dataclass(frozen=True, slots=True)
class ReadBytes:
    """The content of a version of a Binary."""

    size: int
    """Bytes."""
    parts: AsyncIterator[bytes]
    stored_apart: bool
    """Whether the content is not the `data` of the stored resource."""


async def create_from_bytes(
    sent: SentBytes, *, by: Access, dependencies: Dependencies
) -> tuple[Resource, bool]:
    """Create a Binary with a server-assigned id, unless a request with its key has done it; returns
    it, and whether it was new.

    Raises Refusal as `create_once`, before the content is read if it is not permitted; also for a
    content that is empty, too large, or has not a declared digest.
    """
    described = parse_object(binary_text(sent.media, sent.context))
    prepare_create(described, BINARY, by=by, dependencies=dependencies)
    async with _received(sent, dependencies) as content:
        key = None if sent.make_key is None else sent.make_key(sent.digests.sha256)
        async with claim_key(key, dependencies) as (records, own):
            if records:
                return await recorded_resource(records[0], by=by, dependencies=dependencies)
            if isinstance(content, bytes):
                text = binary_text(sent.media, sent.context, data=content)
                return await create(text, BINARY, by=by, dependencies=own), True
            # Prepared again: its instant is that of the write, not of the beginning.
            made = prepare_create(described, BINARY, by=by, dependencies=dependencies)
            change = _with_content(made, content)
            await write_change(change, by=by, dependencies=own)
            return written_resource(change), True


async def update_from_bytes(
    sent: SentBytes,
    resource_id: str,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition,
) -> tuple[Resource, UpdateOutcome]:
    """Write the next version of a Binary; returns as `update`, and raises Refusal as it and as
    `create_from_bytes`."""
    described = parse_object(binary_text(sent.media, sent.context, resource_id=resource_id))
    check_resource_id(described, BINARY, resource_id)
    prepare = partial(
        prepare_update,
        described,
        BINARY,
        resource_id,
        by=by,
        dependencies=dependencies,
        precondition=precondition,
    )
    prepare(await dependencies.store.find(BINARY, resource_id))
    async with _received(sent, dependencies) as content:
        if isinstance(content, bytes):
            text = binary_text(sent.media, sent.context, resource_id=resource_id, data=content)
            return await update(
                text,
                BINARY,
                resource_id,
                by=by,
                dependencies=dependencies,
                precondition=precondition,
            )
        for _ in range(MAX_ATTEMPTS):
            made = prepare(await dependencies.store.find(BINARY, resource_id))
            change = _with_content(made, content)
            with suppress(WriteConflict):
                await write_change(change, by=by, dependencies=dependencies)
                return written_resource(change), "update" if change.replaces else "create"
        raise write_contention(BINARY, resource_id)


async def open_content(resource: Resource, *, dependencies: Dependencies) -> ReadBytes:
    """The content of a version of a Binary that the caller can read; empty if it has none."""
    data = await dependencies.workers.run(len(resource.text), lambda: _inline(resource.text))
    if data is not None:
        return ReadBytes(len(data), _single(data), stored_apart=False)
    content = await dependencies.contents.find(resource.id, resource.version)
    if content is None:
        return ReadBytes(0, _single(b""), stored_apart=False)
    return ReadBytes(content.size, _chunks(content, dependencies), stored_apart=True)


@asynccontextmanager
async def _received(
    sent: SentBytes, dependencies: Dependencies
) -> AsyncIterator[bytes | BinaryContent]:
    """The content, once it has completely arrived: bytes if it is one chunk, else stored in chunks,
    which are removed unless a version has them when the context ends."""
    contents, digests, limit = dependencies.contents, sent.digests, dependencies.max_binary
    content_id: str | None = None
    place, held = 0, b""
    try:
        async with aclosing(sent.chunks) as chunks:
            async for chunk in chunks:
                digests.update(chunk)
                if digests.size > limit:
                    sentence = f"Le contenu envoyé dépasse {limit} octets."
                    raise Refusal("too_large", sentence, limit_bytes=limit)
                if held:
                    if content_id is None:
                        content_id = dependencies.new_id()
                        await contents.open(content_id)
                    await contents.write_chunk(content_id, place, held)
                    place += 1
                held = chunk
        if not held:
            raise Refusal("invalid", "Le corps de la demande est vide.", issue="required")
        digests.verify()
        if content_id is None:
            yield held
        else:
            await contents.write_chunk(content_id, place, held)
            yield BinaryContent(content_id, digests.size, digests.sha1)
    finally:
        if content_id is not None:
            with suppress(Retry):
                await contents.discard(content_id)


def _with_content(change: Change, content: BinaryContent) -> Change:
    assert change.text is not None
    return replace(change, text=without_data(change.text), content=content)


def _inline(text: bytes) -> bytes | None:
    return data_of(parse_json(text))


async def _single(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data


async def _chunks(content: BinaryContent, dependencies: Dependencies) -> AsyncIterator[bytes]:
    sent, place = 0, 0
    while sent < content.size:
        chunk = await dependencies.contents.read_chunk(content.id, place)
        yield chunk
        sent, place = sent + len(chunk), place + 1
