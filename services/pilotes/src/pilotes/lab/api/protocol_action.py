"""The protocol of a pilot: written, or amended once it is frozen."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fastapi import Response

from pilotes.lab.api.action_forms import (
    REASON,
    Action,
    ActionTarget,
    LabPages,
    LongForm,
    Review,
    not_now,
)
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.protocol_form import (
    new_protocol,
    protocol_fields,
    with_new_arm,
    with_new_indicator,
)
from pilotes.lab.api.protocol_values import protocol_body, protocol_values
from pilotes.lab.api.record_actions import change_of
from pilotes.lab.api.record_form import REGISTER, read_register, register_values
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.record.api.pilot_models import ReasonDraft
from pilotes.record.domain.amendments import amended_terms, substantial_changes, terms_in_force
from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.pilot import Pilot, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.amend_protocol import amend_protocol
from pilotes.record.flows.desk import find_protocol_in_force
from pilotes.record.flows.write_protocol import write_protocol
from pilotes.record.ports import Proposal, ProtocolVersion


async def _written(pilot: Pilot, lab: LabDesk) -> tuple[ProtocolVersion | None, Proposal | None]:
    """The version in force, and the amendment that is proposed."""
    records = lab.record.records
    in_force = find_protocol_in_force(pilot, await records.list_protocols(pilot.id))
    return in_force, await records.find_proposal(pilot.id)


def _latest(in_force: ProtocolVersion | None, proposal: Proposal | None) -> Protocol | None:
    """The protocol that a form begins with; None before the first."""
    if proposal is not None:
        return proposal.protocol
    return None if in_force is None else in_force.protocol


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    pilot = target.pilot
    if pilot.stage not in (*BEFORE_TRIAL, "trial"):
        raise not_now("L'essai est fini : son protocole ne change plus.")
    in_force, proposal = await _written(pilot, lab)
    surveys = await lab.record.records.survey_scores(pilot.id)
    latest = _latest(in_force, proposal)
    amends = in_force is not None and in_force.frozen
    # Before the trial, the register is written with the record of the pilot.
    register = register_values(_register(pilot, proposal)) if pilot.stage == "trial" else {}
    form = ActionForm(
        (),
        pilot.revision,
        expand=lambda values: [
            *((replace(REASON, value=values.get("reason", "")),) if amends else ()),
            *protocol_fields(values, surveys),
            *(
                replace(each, value=values.get(each.name, register[each.name]))
                for each in REGISTER
                if register
            ),
        ],
        variant="_amend" if amends else "",
        review_first=amends,
        lines=("Un amendement est déjà proposé : celui-ci le remplacera.",) if proposal else (),
    )
    return form.filled(protocol_values(latest) if latest else new_protocol())


async def _run(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    in_force, proposal = await _written(target.pilot, given.lab)
    protocol = protocol_body(fields, _latest(in_force, proposal)).protocol()
    if in_force is None or not in_force.frozen:
        change = change_of(target, "write_protocol", revision)
        await write_protocol(change, protocol, desk=given.lab.record)
        return None
    draft = ReasonDraft(reason=fields["reason"])
    await amend_protocol(
        change_of(target, "amend_protocol", revision),
        protocol,
        draft.reason,
        processing=read_register(fields) if target.pilot.stage == "trial" else None,
        desk=given.lab.record,
    )
    return None


def _register(pilot: Pilot, proposal: Proposal | None) -> Processing:
    """The entry of the register that a form begins with."""
    if proposal is None:
        return pilot.processing
    return amended_terms(pilot, proposal.protocol, proposal.processing).processing


async def _review(target: ActionTarget, fields: Values, given: LabPages) -> list[Review]:
    in_force, proposal = await _written(target.pilot, given.lab)
    protocol = protocol_body(fields, _latest(in_force, proposal)).protocol()
    former = in_force.protocol if in_force is not None and in_force.frozen else None
    entry = read_register(fields) if former and target.pilot.stage == "trial" else None
    mistakes = _mistakes(protocol, former, entry)
    found = [Review("mistakes", mistakes)] if mistakes else []
    if former is not None:
        ReasonDraft(reason=fields.get("reason", ""))
        found.append(_consequence(target.pilot, former, protocol, entry))
    effects = await asyncio.to_thread(detectable_effects, protocol)
    return [*found, Review("effects", [each.sentence for each in effects])]


def _mistakes(
    protocol: Protocol, former: Protocol | None, entry: Processing | None
) -> Sequence[str]:
    """What is to be corrected, in French. `former`: the frozen one that it amends. `entry`: that of
    the register, of an amendment of a trial."""
    if former is None or entry is None:
        return mistakes_of(protocol)
    missing = entry.missing()
    incomplete = f"la fiche de traitement est incomplète : il manque {', '.join(missing)}"
    return (*mistakes_of_amendment(former, protocol), *((incomplete,) if missing else ()))


def _consequence(
    pilot: Pilot, former: Protocol, after: Protocol, entry: Processing | None
) -> Review:
    """What the amendment would set off. `entry`: as in `_mistakes`."""
    if entry is None:
        return Review("before_trial")
    changes = substantial_changes(terms_in_force(pilot, former), amended_terms(pilot, after, entry))
    return Review("substantial", changes) if changes else Review("editorial")


PROTOCOL_ACTION: Final = Action(
    _prepare,
    _run,
    LongForm({"add_arm": with_new_arm, "add_indicator": with_new_indicator}, _review),
)
