"""Reading the record: what each sees of a pilot."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from pilotes.http.api.cache_control import private
from pilotes.http.api.preconditions import set_etag
from pilotes.identity.api.caller import caller
from pilotes.record.api.decision_models import (
    After,
    DecisionBody,
    DecisionsBody,
    GateBody,
    GatesBody,
    HeadBody,
)
from pilotes.record.api.parameters import Cursor, Limit, PilotPath
from pilotes.record.api.pilot_models import (
    EvidenceBody,
    EvidencesBody,
    MemberBody,
    MembersBody,
    PilotBody,
    PilotsBody,
)
from pilotes.record.api.protocol_models import ShownVersion, VersionsBody
from pilotes.record.domain.decisions import ReadSigned
from pilotes.record.domain.evidence import LABELS as EVIDENCE_LABELS
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Field
from pilotes.record.domain.roles import Section
from pilotes.record.domain.stages import LABELS, Stage
from pilotes.record.flows.actor import Acting
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import see_decisions
from pilotes.record.flows.list_gates import gates_of
from pilotes.record.flows.list_pilots import list_pilots
from socle.errors import Refusal


def reading_router(desk: Desk, *, read: ReadSigned) -> APIRouter:
    """Every address that reads a pilot."""
    router = APIRouter(tags=["pilotes"], dependencies=[Depends(private)])
    _add_pilots(router, desk)
    _add_protocols(router, desk)
    _add_inside(router, desk)
    _add_decisions(router, desk, read)
    return router


def _add_pilots(router: APIRouter, desk: Desk) -> None:
    @router.get("/pilots", summary="Les pilotes")
    async def pilots(
        request: Request,
        stage: Annotated[Stage | None, Query(description="À cette étape")] = None,
        field: Annotated[Field | None, Query(description="De ce domaine")] = None,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> PilotsBody:
        """Ceux que vous pouvez connaître : tous pour la coordination, les vôtres, les publiés."""
        found, more = await list_pilots(
            caller(request), stage=stage, field=field, after=cursor, limit=limit, desk=desk
        )
        shown = [PilotBody.of(pilot, acting) for pilot, acting in found]
        return PilotsBody(pilots=shown, next=shown[-1].id if more else None)

    @router.get("/pilots/{pilot_id}", summary="Un pilote")
    async def pilot(request: Request, response: Response, pilot_id: PilotPath) -> PilotBody:
        """Ce que vous en voyez dépend de votre rôle. ETag : sa révision."""
        found, acting = await desk.look(pilot_id, caller(request))
        set_etag(response, found.revision)
        return PilotBody.of(found, acting)


def _add_protocols(router: APIRouter, desk: Desk) -> None:
    @router.get("/pilots/{pilot_id}/protocols", summary="Les versions du protocole")
    async def protocols(request: Request, pilot_id: PilotPath) -> VersionsBody:
        """De la première à celle en vigueur, chacune avec son motif."""
        _, acting = await desk.look(pilot_id, caller(request))
        see(acting, "protocol")
        versions = await desk.records.list_protocols(pilot_id)
        return VersionsBody(versions=[ShownVersion.of(each) for each in versions])


def _add_inside(router: APIRouter, desk: Desk) -> None:
    @router.get("/pilots/{pilot_id}/gates", summary="Ce qui manque pour la suite")
    async def gates(request: Request, pilot_id: PilotPath) -> GatesBody:
        """Chaque étape possible, et chaque pièce qui lui manque."""
        pilot, acting = await desk.look(pilot_id, caller(request))
        see(acting, "gates")
        found = gates_of(await desk.dossier(pilot))
        return GatesBody(
            stage=pilot.stage,
            stage_label=LABELS[pilot.stage],
            next=[GateBody.of(each) for each in found],
        )

    @router.get("/pilots/{pilot_id}/evidence", summary="Les pièces déposées")
    async def evidence(request: Request, pilot_id: PilotPath) -> EvidencesBody:
        """Toutes, de la première à la dernière ; la dernière de chaque sorte compte."""
        _, acting = await desk.look(pilot_id, caller(request))
        see(acting, "evidence")
        found = await desk.records.list_evidence(pilot_id)
        return EvidencesBody(evidence=[evidence_body(each) for each in found])

    @router.get("/pilots/{pilot_id}/members", summary="Qui y a quel rôle")
    async def members(request: Request, pilot_id: PilotPath) -> MembersBody:
        """Porteurs, membres du Cr'Num, partenaires."""
        _, acting = await desk.look(pilot_id, caller(request))
        see(acting, "members")
        found = await desk.records.list_members(pilot_id)
        return MembersBody(
            members=[
                MemberBody(
                    subject=each.subject, role=each.role, name=each.name, given_at=each.given_at
                )
                for each in found
            ]
        )


def _add_decisions(router: APIRouter, desk: Desk, read: ReadSigned) -> None:
    @router.get("/pilots/{pilot_id}/decisions", summary="Les décisions, signées et enchaînées")
    async def decisions(
        request: Request,
        pilot_id: PilotPath,
        after: Annotated[After, Query(description="Après ce numéro")] = 0,
        limit: Limit = 50,
    ) -> DecisionsBody:
        """Dans leur ordre. Ceux qui voient les signatures peuvent les vérifier eux-mêmes."""
        _, acting = await desk.look(pilot_id, caller(request))
        found = await see_decisions(
            pilot_id, after=after, limit=limit, records=desk.records, read=read
        )
        signatures = acting.sees("signatures")
        shown = [DecisionBody.of(each, signatures=signatures) for each in found]
        return DecisionsBody(
            decisions=shown, next=shown[-1].number if len(shown) == limit else None
        )

    @router.get("/decisions/head", summary="La dernière décision de tous les pilotes")
    async def head() -> HeadBody:
        """Son empreinte tient toutes les autres : gardez-la ailleurs."""
        return HeadBody.of(await desk.records.last_decision())


def see(acting: Acting, section: Section) -> None:
    """Raises Refusal where that part is not for them."""
    if not acting.sees(section):
        raise Refusal(
            "forbidden" if acting.subject else "unauthenticated",
            "Cette partie du dossier n'est pas ouverte à votre rôle.",
            section=section,
        )


def evidence_body(evidence: Evidence) -> EvidenceBody:
    """A piece as it is shown."""
    told = asdict(evidence)
    del told["given_by"]
    return EvidenceBody(label=EVIDENCE_LABELS[evidence.kind], **told)
