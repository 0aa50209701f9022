"""create, and what is asked of the one that meets a condition.
https://hl7.org/fhir/R4/http.html#create
"""

from typing import Final

from esante.core.api.fhir_request import Asked, read_query, require_json
from esante.core.api.fhir_router import Interaction
from esante.core.api.responses import Answer
from esante.core.api.usage_facts import Did
from esante.core.api.views import view_of
from esante.interactions.api.patch_formats import read_patch
from esante.interactions.api.preconditions import precondition
from esante.interactions.api.write_responses import written_answer
from esante.interactions.flows.create import create, create_unless
from esante.interactions.flows.delete import delete_matching
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.patch import patch_matching
from esante.interactions.flows.update import update_matching
from esante.interactions.ports import Pairs
from socle.errors import Refusal

_VIEW: Final = ("_format", "_pretty")


class TypeInteractions:
    """At the address of a type."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        return (
            Interaction("POST", "{type}", "create", "type", self._create),
            Interaction("PUT", "{type}", "conditional-update", "type", self._update),
            Interaction("PATCH", "{type}", "conditional-patch", "type", self._patch),
            Interaction("DELETE", "{type}", "conditional-delete", "type", self._delete),
        )

    async def _create(self, asked: Asked) -> Answer:
        view, criteria = view_of(asked.query), _condition(asked)
        require_json(asked.headers.get(b"accept"), view.format)
        body = await asked.json_body()
        by, needs, kind = asked.access, self._needs, asked.type
        if criteria is None:
            made, created = await create(body, kind, by=by, needs=needs), True
        else:
            made, created = await create_unless(body, kind, criteria, by=by, needs=needs)
        # One that was there already was neither written nor opened.
        did: Did | None = "create" if created else None
        return await written_answer(made, asked, view, did=did, needs=self._needs)

    async def _update(self, asked: Asked) -> Answer:
        view, criteria = view_of(asked.query), _criteria(asked)
        if_ = precondition(asked, required=self._needs.if_match_required)
        body = await asked.json_body()
        made, created = await update_matching(
            body, asked.type, criteria, by=asked.access, needs=self._needs, if_=if_
        )
        did: Did = "create" if created else "update"
        return await written_answer(made, asked, view, did=did, needs=self._needs)

    async def _patch(self, asked: Asked) -> Answer:
        view, criteria = view_of(asked.query), _criteria(asked)
        if_ = precondition(asked, required=self._needs.if_match_required)
        change = await read_patch(asked, self._needs.aside)
        made = await patch_matching(
            change, asked.type, criteria, by=asked.access, needs=self._needs, if_=if_
        )
        return await written_answer(made, asked, view, did="patch", needs=self._needs)

    async def _delete(self, asked: Asked) -> Answer:
        if_ = precondition(asked, required=self._needs.if_match_required)
        version = await delete_matching(
            asked.type, _criteria(asked), by=asked.access, needs=self._needs, if_=if_
        )
        return Answer(204, b"", [] if version is None else [(b"etag", b'W/"%d"' % version)])


def _condition(asked: Asked) -> Pairs | None:
    """Those of If-None-Exist; or of the address, as fhirpy's `get_or_create` says them. Raises
    Refusal where both are there."""
    told = asked.headers.get(b"if-none-exist")
    others = [pair for pair in asked.query if pair[0] not in (*_VIEW, "_summary", "_elements")]
    if told is None:
        return others or None
    if others:
        raise Refusal("invalid", "La condition est dans If-None-Exist ou dans l'adresse.")
    return read_query(told.rpartition(b"?")[2].strip())


def _criteria(asked: Asked) -> Pairs:
    found = [(name, value) for name, value in asked.query if name not in _VIEW]
    if not found:
        raise Refusal(
            "invalid",
            f"{asked.method} à un type demande une condition : {asked.type}?identifier=…",
            issue="required",
        )
    return found
