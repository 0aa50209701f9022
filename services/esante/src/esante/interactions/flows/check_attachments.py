"""Checks the hash and the size of attachments against the Binary that they refer to, before they
are written. https://hl7.org/fhir/R4/datatypes.html#Attachment"""

import hashlib
from collections.abc import Mapping

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.interactions.domain.attachments import (
    BinaryAttachment,
    binary_attachments,
    has_binary_attachments,
)
from esante.interactions.domain.binary import BINARY, data_of
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.read import read, read_version
from esante.store.ports import Change
from socle.errors import Refusal

NO_CHANGES: Mapping[tuple[str, str], Change] = {}


async def check_attachments(
    change: Change,
    *,
    by: Access,
    dependencies: Dependencies,
    together: Mapping[tuple[str, str], Change] = NO_CHANGES,
) -> None:
    """Check the attachments of a change. `together`: the changes of its transaction, by type and
    id.

    Raises Refusal("invalid"), rule `unprocessable`, for one that differs. A Binary that the caller
    cannot read is as absent: its hash would otherwise be disclosed.
    """
    text = change.text
    if text is None or not has_binary_attachments(text):
        return
    found = await dependencies.workers.run(
        len(text), lambda: binary_attachments(parse_json(text), base=dependencies.base)
    )
    for each in found:
        own = together.get((BINARY, each.resource_id)) if each.version is None else None
        if own is not None and own.text is not None:
            binary = Resource(own.type, own.id, own.version, own.updated, own.text)
        else:
            try:
                binary = await _read(each, by, dependencies)
            except Refusal:
                continue
        await _check(each, binary, dependencies)


async def _read(attachment: BinaryAttachment, by: Access, dependencies: Dependencies) -> Resource:
    own = attachment.resource_id
    if attachment.version is None:
        return await read(BINARY, own, by=by, dependencies=dependencies)
    return await read_version(BINARY, own, attachment.version, by=by, dependencies=dependencies)


async def _check(
    attachment: BinaryAttachment, binary: Resource, dependencies: Dependencies
) -> None:
    def digest() -> tuple[int, bytes] | None:
        data = data_of(parse_json(binary.text))
        if data is None:
            return None
        return len(data), hashlib.sha1(data, usedforsecurity=False).digest()

    found = await dependencies.workers.run(len(binary.text), digest)
    if found is None:
        content = await dependencies.contents.find(binary.id, binary.version)
        found = None if content is None else (content.size, content.sha1)
    if found is not None:
        attachment.check(*found)
