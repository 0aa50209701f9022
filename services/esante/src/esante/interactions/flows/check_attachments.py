"""Checks the hash and the size of attachments against the Binary that they refer to, before they
are written. https://hl7.org/fhir/R4/datatypes.html#Attachment"""

import hashlib
from collections.abc import Mapping
from typing import Final

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
from esante.interactions.flows.prepare_write import written_resource
from esante.interactions.flows.read import read, read_version
from esante.store.ports import Change
from socle.errors import Refusal

_MAX_BINARIES: Final = 100
"""Of the attachments of one request; each can be megabytes to read."""

Content = tuple[int, bytes]
"""Size and SHA-1."""


class AttachmentCheck:
    """Checks the attachments of the changes of one request. Each Binary is read once.

    `together`: the changes of its transaction, by type and id.
    """

    def __init__(
        self,
        by: Access,
        dependencies: Dependencies,
        together: Mapping[tuple[str, str], Change] | None = None,
    ) -> None:
        self._by, self._dependencies = by, dependencies
        self._together = together or {}
        self._contents: dict[tuple[str, int | None], Content | None] = {}

    async def check(self, change: Change) -> None:
        """Check a change before it is written.

        Raises Refusal("invalid"), rule `unprocessable`, for an attachment that differs from its
        Binary. A Binary that the caller cannot read is as absent: its hash would otherwise be
        disclosed.
        """
        text, base = change.text, self._dependencies.base
        if text is None or not has_binary_attachments(text):
            return
        found = await self._dependencies.workers.run(
            len(text), lambda: binary_attachments(parse_json(text), base=base)
        )
        for each in found:
            identity = each.resource_id, each.version
            if identity not in self._contents:
                if len(self._contents) >= _MAX_BINARIES:
                    raise _too_many(each)
                self._contents[identity] = await self._content(each)
            if (content := self._contents[identity]) is not None:
                each.check(*content)

    async def _content(self, attachment: BinaryAttachment) -> Content | None:
        """The content that an attachment refers to; None if the caller cannot read it."""
        binary = await self._find(attachment)
        if binary is None:
            return None
        found = await self._dependencies.workers.run(len(binary.text), lambda: _inline(binary.text))
        if found is not None:
            return found
        stored = await self._dependencies.contents.find(binary.id, binary.version)
        return None if stored is None else (stored.size, stored.sha1)

    async def _find(self, attachment: BinaryAttachment) -> Resource | None:
        own, version = attachment.resource_id, attachment.version
        change = self._together.get((BINARY, own)) if version is None else None
        written = None if change is None or change.text is None else written_resource(change)
        if written is not None and change is not None and change.interaction != "patch":
            return written
        try:
            if version is None:
                # Who patches a Binary without reading it does not know its content.
                found = await read(BINARY, own, by=self._by, dependencies=self._dependencies)
                return written or found
            return await read_version(
                BINARY, own, version, by=self._by, dependencies=self._dependencies
            )
        except Refusal:
            return None


def _inline(text: bytes) -> Content | None:
    data = data_of(parse_json(text))
    return None if data is None else (len(data), hashlib.sha1(data, usedforsecurity=False).digest())


def _too_many(attachment: BinaryAttachment) -> Refusal:
    return Refusal(
        "too_large",
        f"Cette demande dit l'empreinte ou la taille de plus de {_MAX_BINARIES} Binary.",
        issue="too-costly",
        expression=[attachment.place],
    )
