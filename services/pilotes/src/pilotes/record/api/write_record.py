"""Routes that write the record, each on the revision that If-Match names."""

from fastapi import Depends, Request, Response

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.preconditions import Write
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.change_requests import change_request, changed_pilot, render_pilot
from pilotes.record.api.parameters import PilotPath, Subject
from pilotes.record.api.pilot_models import (
    EvidenceBody,
    EvidenceDraft,
    MemberDraft,
    NewPilot,
    OpinionDraft,
    PilotBody,
    PilotDraft,
)
from pilotes.record.api.protocol_models import AmendmentBody, ProtocolBody
from pilotes.record.api.read_record import evidence_body
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.amend_protocol import amend_protocol
from pilotes.record.flows.create_pilot import create_pilot
from pilotes.record.flows.describe_pilot import describe_pilot
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.give_evidence import give_evidence, give_opinion
from pilotes.record.flows.manage_members import dismiss_member, name_member
from pilotes.record.flows.write_protocol import freeze_protocol, write_protocol
from socle.http import Router


def writing_router(desk: Desk) -> Router:
    """The routes that write a pilot, except its stage."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching), ACCOUNT_REQUIRED])
    _add_pilots(router, desk)
    _add_members(router, desk)
    _add_protocols(router, desk)
    _add_evidence(router, desk)
    return router


def _add_pilots(router: Router, desk: Desk) -> None:
    @router.post(
        "/pilots", operation_id="create_pilot", status_code=201, summary="Ouvrir un pilote"
    )
    async def create(request: Request, response: Response, written: NewPilot) -> PilotBody:
        """À l'étape « idée », avec un sel à lui."""
        name = PilotId(written.id)
        pilot = await create_pilot(name, written.content(), by=caller(request), desk=desk)
        response.headers["location"] = f"/pilotes/v1/pilots/{pilot.id}"
        return await render_pilot(pilot, request, response, desk)

    @router.put(
        "/pilots/{pilot_id}", operation_id="describe_pilot", summary="Écrire la fiche d'un pilote"
    )
    async def describe(write: Write, pilot_id: PilotPath, written: PilotDraft) -> PilotBody:
        """Ce qu'on en dit, et sa ligne au registre des traitements."""
        change = change_request(write, pilot_id, "describe")
        pilot = await describe_pilot(change, written.content(), desk=desk)
        return await changed_pilot(pilot, write, desk)


def _add_members(router: Router, desk: Desk) -> None:
    @router.put(
        "/pilots/{pilot_id}/members/{subject}", operation_id="set_member", summary="Donner un rôle"
    )
    async def name(
        write: Write, pilot_id: PilotPath, subject: Subject, written: MemberDraft
    ) -> PilotBody:
        """Porteur du projet, membre du Cr'Num, ou partenaire."""
        change = change_request(write, pilot_id, "name_members")
        pilot = await name_member(change, subject, written.role, written.name, desk=desk)
        return await changed_pilot(pilot, write, desk)

    @router.delete(
        "/pilots/{pilot_id}/members/{subject}",
        operation_id="remove_member",
        summary="Retirer un rôle",
    )
    async def dismiss(write: Write, pilot_id: PilotPath, subject: Subject) -> PilotBody:
        """La personne n'a plus de rôle dans ce pilote."""
        change = change_request(write, pilot_id, "name_members")
        return await changed_pilot(await dismiss_member(change, subject, desk=desk), write, desk)


def _add_protocols(router: Router, desk: Desk) -> None:
    @router.put(
        "/pilots/{pilot_id}/protocol", operation_id="write_protocol", summary="Écrire le protocole"
    )
    async def write(write: Write, pilot_id: PilotPath, written: ProtocolBody) -> PilotBody:
        """Tant qu'il n'est pas gelé."""
        change = change_request(write, pilot_id, "write_protocol")
        pilot = await write_protocol(change, written.protocol(), desk=desk)
        return await changed_pilot(pilot, write, desk)

    @router.post(
        "/pilots/{pilot_id}/protocol/freeze",
        operation_id="freeze_protocol",
        summary="Geler le protocole",
    )
    async def freeze(write: Write, pilot_id: PilotPath) -> PilotBody:
        """Ses indicateurs sont désormais ceux sur lesquels on décidera."""
        change = change_request(write, pilot_id, "freeze_protocol")
        return await changed_pilot(await freeze_protocol(change, desk=desk), write, desk)

    @router.post(
        "/pilots/{pilot_id}/protocol/amendments",
        operation_id="amend_protocol",
        summary="Amender le protocole",
    )
    async def amend(write: Write, pilot_id: PilotPath, written: AmendmentBody) -> PilotBody:
        """Une nouvelle version, gelée, avec son motif. Pendant l'essai, ce qui change pour les
        participants demande l'avis du Cr'Num, puis une nouvelle notice, avec laquelle elle entre en
        vigueur ; plus rien n'est compté d'une personne avant qu'elle l'ait acceptée."""
        change = change_request(write, pilot_id, "amend_protocol")
        entry = written.processing.processing() if written.processing else None
        pilot = await amend_protocol(
            change, written.protocol.protocol(), written.reason, processing=entry, desk=desk
        )
        return await changed_pilot(pilot, write, desk)


def _add_evidence(router: Router, desk: Desk) -> None:
    @router.post(
        "/pilots/{pilot_id}/evidence",
        operation_id="add_evidence",
        status_code=201,
        summary="Déposer une pièce",
    )
    async def give(write: Write, pilot_id: PilotPath, written: EvidenceDraft) -> EvidenceBody:
        """Sa référence : le document reste où il est."""
        change = change_request(write, pilot_id, "give_evidence")
        return evidence_body(
            await give_evidence(
                change, written.kind, reference=written.reference, note=written.note, desk=desk
            )
        )

    @router.post(
        "/pilots/{pilot_id}/opinion",
        operation_id="add_ethics_opinion",
        status_code=201,
        summary="Rendre l'avis du Cr'Num",
    )
    async def judge(write: Write, pilot_id: PilotPath, written: OpinionDraft) -> EvidenceBody:
        """Sur le protocole gelé, ou sur l'amendement proposé pendant l'essai ; motivé."""
        change = change_request(write, pilot_id, "give_opinion")
        return evidence_body(
            await give_opinion(change, written.opinion, motives=written.motives, desk=desk)
        )
