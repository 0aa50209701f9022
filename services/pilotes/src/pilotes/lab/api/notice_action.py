"""The notice of a pilot: written in three readings, previewed, published."""

from collections.abc import Sequence
from typing import Final

from fastapi import Response

from pilotes.lab.api.action_forms import Action, ActionTarget, LabPages, LongForm, Review, not_now
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.notice_form import notice_content, notice_fields, read_first
from pilotes.lab.api.record_actions import change_of
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.api.notice_models import NoticeDraft, notice_wording
from pilotes.record.domain.amendments import requires_new_consent
from pilotes.record.domain.notice import Notice, compose_notice
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.flows.amendments import proposed_pilot
from pilotes.record.flows.desk import find_protocol_in_force
from pilotes.record.flows.publish_notice import publish_notice


async def _announced(target: ActionTarget, lab: LabDesk) -> tuple[Pilot, Protocol | None]:
    """What the notice is about: the proposed amendment if there is one, which it puts in force,
    else the pilot as it is. No protocol before the first."""
    records, pilot = lab.record.records, target.pilot
    if (proposal := await records.find_proposal(pilot.id)) is not None:
        return proposed_pilot(pilot, proposal), proposal.protocol
    written = find_protocol_in_force(pilot, await records.list_protocols(pilot.id))
    return pilot, None if written is None else written.protocol


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    if target.pilot.stage == "closed":
        raise not_now("Cet essai est clos : plus personne n'y entre.")
    former = await lab.record.records.find_notice(target.pilot.id)
    return ActionForm(
        notice_fields(
            {} if former is None else former.content(),
            version=lab.record.clock.now().date().isoformat(),
        ),
        target.pilot.revision,
        lines=read_first(*await _announced(target, lab)),
    )


async def _run(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    draft = NoticeDraft.model_validate(notice_content(fields))
    change = change_of(target, "inform", revision)
    await publish_notice(change, notice_wording(draft), desk=given.lab.record)
    return None


async def _review(target: ActionTarget, fields: Values, given: LabPages) -> Sequence[Review]:
    """The notice as people read it, and whether they have to agree again."""
    wording = notice_wording(NoticeDraft.model_validate(notice_content(fields)))
    pilot, protocol = await _announced(target, given.lab)
    if protocol is None:
        raise not_now("Le protocole n'est pas encore écrit, et la notice en annonce les groupes.")
    notice = compose_notice(pilot, protocol, wording)
    former = await given.lab.record.records.find_notice(pilot.id)
    agreed = former is not None and requires_new_consent(former, notice)
    consent = [Review("consent")] if agreed and pilot.stage == "trial" else []
    return [
        *consent,
        *(
            Review(f"read_{each}", _lines(notice.read_as(each)), notice.read_as(each).language)
            for each in notice.readings
        ),
    ]


def _lines(notice: Notice) -> Sequence[str]:
    """What people read, in their order."""
    texts = (notice.title, notice.summary, notice.asked, notice.benefits, notice.risks)
    return [*texts, *notice.arms, *notice.data]


NOTICE_ACTION: Final = Action(_prepare, _run, LongForm(review=_review))
