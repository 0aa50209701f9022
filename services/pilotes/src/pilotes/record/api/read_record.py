"""Routes that read the record. Each section of it is visible to some roles only."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.preconditions import set_etag
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.decision_models import (
    After,
    AmendmentStateBody,
    DecisionBody,
    DecisionsBody,
    GateBody,
    GatesBody,
    HeadBody,
)
from pilotes.record.api.parameters import Cursor, Limit, PilotPath, read_cursor
from pilotes.record.api.pilot_models import (
    EvidenceBody,
    EvidencesBody,
    MemberBody,
    MembersBody,
    PilotBody,
    PilotsBody,
)
from pilotes.record.api.protocol_models import ShownVersion, VersionsBody
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.evidence import LABELS as EVIDENCE_LABELS
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Field
from pilotes.record.domain.roles import Section
from pilotes.record.domain.stages import LABELS, Stage
from pilotes.record.flows.actor import Actor
from pilotes.record.flows.amendments import pending_amendment
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import list_decisions
from pilotes.record.flows.list_gates import list_gates
from pilotes.record.flows.list_pilots import list_pilots
from socle.cursors import encode_text_cursor
from socle.errors import Refusal
from socle.http import Router


def reading_router(desk: Desk, *, read: ReadStatement) -> Router:
    """The routes that read a pilot. `read`: verifies and parses a signed decision."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching)])
    _add_pilots(router, desk)
    _add_protocols(router, desk)
    _add_gates(router, desk)
    _add_inside(router, desk)
    _add_decisions(router, desk, read)
    return router


def _add_pilots(router: Router, desk: Desk) -> None:
    @router.get("/pilots", operation_id="list_pilots", summary="Les pilotes")
    async def pilots(
        request: Request,
        stage: Annotated[Stage | None, Query(description="À cette étape")] = None,
        field: Annotated[Field | None, Query(description="De ce domaine")] = None,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> PilotsBody:
        """Ceux que vous pouvez connaître : tous pour la coordination, les vôtres, les publiés."""
        after = read_cursor(cursor)
        found, more = await list_pilots(
            caller(request), stage=stage, field=field, after=after, limit=limit, desk=desk
        )
        bodies = [PilotBody.of(pilot, actor) for pilot, actor in found]
        return PilotsBody(pilots=bodies, next=encode_text_cursor(bodies[-1].id) if more else None)

    @router.get("/pilots/{pilot_id}", operation_id="get_pilot", summary="Un pilote")
    async def pilot(request: Request, response: Response, pilot_id: PilotPath) -> PilotBody:
        """Ce que vous en voyez dépend de votre rôle. ETag : sa révision."""
        found, actor = await desk.get_pilot(pilot_id, caller(request))
        set_etag(response, found.revision)
        return PilotBody.of(found, actor)


def _add_protocols(router: Router, desk: Desk) -> None:
    @router.get(
        "/pilots/{pilot_id}/protocols",
        operation_id="list_protocols",
        summary="Les versions du protocole",
    )
    async def protocols(request: Request, pilot_id: PilotPath) -> VersionsBody:
        """De la première à celle en vigueur, chacune avec son motif."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        require_section(actor, "protocol")
        versions = await desk.records.list_protocols(pilot_id)
        return VersionsBody(versions=[ShownVersion.of(each) for each in versions])


def _add_gates(router: Router, desk: Desk) -> None:
    @router.get(
        "/pilots/{pilot_id}/gates",
        operation_id="list_gates",
        summary="Ce qui manque pour la suite",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def gates(request: Request, pilot_id: PilotPath) -> GatesBody:
        """Chaque étape possible, et chaque pièce qui lui manque."""
        pilot, actor = await desk.get_pilot(pilot_id, caller(request))
        require_section(actor, "gates")
        dossier = await desk.dossier(pilot)
        found = list_gates(dossier, await desk.seen_facts())
        pending = pending_amendment(dossier, await desk.records.find_proposal(pilot.id))
        return GatesBody(
            stage=pilot.stage,
            stage_label=LABELS[pilot.stage],
            next=[GateBody.of(each) for each in found],
            amendment=None if pending is None else AmendmentStateBody.of(pending),
        )


def _add_inside(router: Router, desk: Desk) -> None:
    @router.get(
        "/pilots/{pilot_id}/evidence",
        operation_id="list_evidence",
        summary="Les pièces déposées",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def evidence(request: Request, pilot_id: PilotPath) -> EvidencesBody:
        """Toutes, de la première à la dernière ; la dernière de chaque sorte compte."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        require_section(actor, "evidence")
        found = await desk.records.list_evidence(pilot_id)
        return EvidencesBody(evidence=[evidence_body(each) for each in found])

    @router.get(
        "/pilots/{pilot_id}/members",
        operation_id="list_members",
        summary="Qui y a quel rôle",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def members(request: Request, pilot_id: PilotPath) -> MembersBody:
        """Porteurs, membres du Cr'Num, partenaires."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        require_section(actor, "members")
        found = await desk.records.list_members(pilot_id)
        return MembersBody(
            members=[
                MemberBody(
                    subject=each.subject, role=each.role, name=each.name, given_at=each.given_at
                )
                for each in found
            ]
        )


def _add_decisions(router: Router, desk: Desk, read: ReadStatement) -> None:
    @router.get(
        "/pilots/{pilot_id}/decisions",
        operation_id="list_decisions",
        summary="Les décisions, signées et enchaînées",
    )
    async def decisions(
        request: Request,
        pilot_id: PilotPath,
        after: Annotated[After, Query(description="Après ce numéro")] = 0,
        limit: Limit = 50,
    ) -> DecisionsBody:
        """Dans leur ordre. Ceux qui voient les signatures peuvent les vérifier eux-mêmes."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        found = await list_decisions(
            pilot_id, after=after, limit=limit, records=desk.records, read=read
        )
        signatures = actor.can_see("signatures")
        bodies = [DecisionBody.of(each, signatures=signatures) for each in found]
        return DecisionsBody(
            decisions=bodies, next=bodies[-1].number if len(bodies) == limit else None
        )

    @router.get(
        "/decisions/head",
        operation_id="get_last_decision",
        summary="La dernière décision de tous les pilotes",
    )
    async def head() -> HeadBody:
        """Son empreinte tient toutes les autres : gardez-la ailleurs."""
        return HeadBody.of(await desk.records.last_decision())


def require_section(actor: Actor, section: Section) -> None:
    """Raises Refusal if the caller does not see that section."""
    if not actor.can_see(section):
        raise Refusal(
            "forbidden" if actor.subject else "unauthenticated",
            "Cette partie du dossier n'est pas ouverte à votre rôle.",
            section=section,
        )


def evidence_body(evidence: Evidence) -> EvidenceBody:
    """The body of a piece of evidence, without the subject of its author."""
    content = asdict(evidence)
    del content["given_by"]
    return EvidenceBody(label=EVIDENCE_LABELS[evidence.kind], **content)
