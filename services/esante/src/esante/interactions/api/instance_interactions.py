"""read, vread, update, patch, delete. https://hl7.org/fhir/R4/http.html"""

from datetime import timedelta
from typing import Final

from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Interaction
from esante.core.api.responses import (
    Answer,
    checked_view,
    resource_answer,
    version_headers,
)
from esante.core.api.usage_facts import Did, told
from esante.core.domain.resource import Resource
from esante.interactions.api.patch_formats import read_patch
from esante.interactions.api.preconditions import precondition
from esante.interactions.api.write_responses import written_answer
from esante.interactions.flows.delete import delete
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.patch import patch
from esante.interactions.flows.read import read, read_version
from esante.interactions.flows.update import update

_SECOND: Final = timedelta(seconds=1)


class InstanceInteractions:
    """At the address of a resource."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        return (
            Interaction("GET", "{type}/{id}", "read", "instance", self._read),
            Interaction("GET", "{type}/{id}/_history/{version}", "vread", "instance", self._vread),
            Interaction("PUT", "{type}/{id}", "update", "instance", self._update),
            Interaction("PATCH", "{type}/{id}", "patch", "instance", self._patch),
            Interaction("DELETE", "{type}/{id}", "delete", "instance", self._delete),
        )

    async def _read(self, asked: Asked) -> Answer:
        found = await read(asked.type, asked.id, by=asked.access, needs=self._needs)
        if _unchanged(found, asked):
            answer = Answer(304, b"", version_headers(found.version, found.updated))
        else:
            answer = await resource_answer(found, asked, self._needs.aside)
        answer.headers += told("read", found)
        return answer

    async def _vread(self, asked: Asked) -> Answer:
        text = asked.version
        # What is no version of ours never was one.
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        found = await read_version(
            asked.type,
            asked.id,
            version,
            by=asked.access,
            needs=self._needs,
        )
        if _unchanged(found, asked):
            return Answer(304, b"", version_headers(found.version, found.updated))
        return await resource_answer(found, asked, self._needs.aside)

    async def _update(self, asked: Asked) -> Answer:
        view, if_ = checked_view(asked), precondition(asked, required=self._needs.if_match_required)
        body = await asked.json_body()
        made, created = await update(
            body, asked.type, asked.id, by=asked.access, needs=self._needs, if_=if_
        )
        did: Did = "create" if created else "update"
        return await written_answer(made, asked, view, did=did, needs=self._needs)

    async def _patch(self, asked: Asked) -> Answer:
        view, if_ = checked_view(asked), precondition(asked, required=self._needs.if_match_required)
        change = await read_patch(asked, self._needs.aside)
        made = await patch(
            change, asked.type, asked.id, by=asked.access, needs=self._needs, if_=if_
        )
        return await written_answer(made, asked, view, did="patch", needs=self._needs)

    async def _delete(self, asked: Asked) -> Answer:
        if_ = precondition(asked, required=self._needs.if_match_required)
        version = await delete(asked.type, asked.id, by=asked.access, needs=self._needs, if_=if_)
        headers = [] if version is None else [(b"etag", b'W/"%d"' % version)]
        return Answer(204, b"", headers)


def _unchanged(found: Resource, asked: Asked) -> bool:
    """Whether the caller has that version. https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"""
    asked_for = asked.headers.get(b"if-none-match")
    if asked_for is not None:
        # fhirpy leaves the quotes out.
        tags = {each.strip().removeprefix(b"W/").strip(b'"') for each in asked_for.split(b",")}
        return b"*" in tags or b"%d" % found.version in tags
    since = asked.since_header()
    return since is not None and found.updated - _SECOND < since
