"""The actions towards people: invitations, the answers to opinions."""

from collections.abc import Mapping
from typing import Final

from fastapi import Response

from pilotes.contributions.api.contributions import VerdictDraft
from pilotes.contributions.domain import REASONS, Contribution, Moderation
from pilotes.contributions.flows.moderate_contribution import moderate_contribution
from pilotes.lab.api.action_forms import (
    Action,
    ActionTarget,
    LabPages,
    not_now,
)
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.api.invitations import (
    InvitationDraft,
    code_body,
    invitation_sheet,
)
from pilotes.people.domain.invitations import MAX_CODES, MAX_DAYS, MAX_USES
from pilotes.people.flows.invite import create_invitation
from pilotes.record.domain.draws.designs import Design
from pilotes.record.flows.desk import find_protocol_in_force
from socle.errors import Refusal

_CHOSEN_REASONS: Final = tuple(each for each in REASONS if each != "unanswered")


async def _prepare_invitations(target: ActionTarget, lab: LabDesk) -> ActionForm:
    if target.pilot.state == "closed":
        raise not_now("L'essai est fini : plus personne n'y entre.")
    design = await _design(target, lab)
    places = design.places if design.has_place_choice else ()
    place = FormField(
        "place",
        "choice",
        required=False,
        choices=[each.code for each in places],
        labels={each.code: each.label for each in places},
    )
    fields = (
        FormField("label", "line", most=200),
        *((place,) if places else ()),
        FormField("count", "number", value="10", most=MAX_CODES),
        FormField("uses", "number", value="1", most=MAX_USES),
        FormField("days", "number", value="60", most=MAX_DAYS),
    )
    return ActionForm(fields, target.pilot.revision)


async def _invitations(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    """The sheet to print. New codes change nothing of the pilot: no revision is checked."""
    draft, people = InvitationDraft.model_validate(_chosen(fields)), given.lab.people
    pilot, actor = await given.lab.record.get_pilot(target.pilot.id, target.caller)
    design = await _design(target, given.lab)
    made = await create_invitation(
        pilot.id,
        draft.order(),
        design=design,
        by=actor.require("invite").subject,
        codes=people.codes,
        clock=people.clock,
        random_bytes=people.random_bytes,
    )
    codes = [code_body(each, people, given.draw) for each in made.codes]
    single_use = draft.uses == 1
    return invitation_sheet(
        given.pages,
        pilot,
        codes,
        public=people.public,
        single_use=single_use,
        place=design.find_place(draft.place),
    )


def _chosen(fields: Values) -> Values:
    """The fields without a place that was not chosen."""
    return {name: each for name, each in fields.items() if each or name != "place"}


async def _design(target: ActionTarget, lab: LabDesk) -> Design:
    """What the pilot draws; each person before its first protocol."""
    written = await lab.record.records.list_protocols(target.pilot.id)
    protocol = find_protocol_in_force(target.pilot, written)
    return Design() if protocol is None else protocol.protocol.design


async def _prepare_answer(target: ActionTarget, lab: LabDesk) -> ActionForm:
    found = await _opinion(target, lab)
    if found.state != "received" or not found.text:
        raise not_now("Cet avis a déjà été traité, ou son texte a été effacé.")
    fields = (
        FormField("state", "choice", choices=("published", "set_aside")),
        FormField("answer", required=False, most=4_000),
        FormField("reason", "choice", required=False, choices=_CHOSEN_REASONS),
    )
    return ActionForm(fields, found.revision, lines=(found.text,))


async def _opinion(target: ActionTarget, lab: LabDesk) -> Contribution:
    """The opinion of that number. Raises Refusal without one."""
    _, actor = await lab.record.get_pilot(target.pilot.id, target.caller)
    actor.require("read_contributions")
    known = target.detail.isascii() and target.detail.isdecimal() and len(target.detail) <= 15
    number = int(target.detail) if known else 0
    found = await lab.contributions.list_of(target.pilot.id, state=None, before=number + 1, limit=1)
    if not found or found[0].number != number:
        raise Refusal("not_found", "Cet avis n'existe pas.", rule="lab_page_unknown")
    return found[0]


async def _answer(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    published = fields["state"] == "published"
    if not fields["answer" if published else "reason"].strip():
        raise Refusal(
            "invalid",
            "Écrivez une réponse, ou choisissez pourquoi l'avis n'est pas publié.",
            rule="lab_verdict_incomplete",
        )
    draft = VerdictDraft.model_validate(
        {
            "state": fields["state"],
            "answer": fields["answer"] if published else "",
            "reason": None if published else fields["reason"] or None,
        }
    )
    found = await _opinion(target, given.lab)
    await moderate_contribution(
        target.pilot.id,
        found.number,
        target.caller,
        Moderation(draft.state, draft.answer, draft.reason),
        revision=revision,
        desk=given.lab.record,
        contributions=given.lab.contributions,
    )
    return None


PEOPLE_ACTIONS: Final[Mapping[str, Action]] = {
    "invitations": Action(_prepare_invitations, _invitations),
    "avis": Action(_prepare_answer, _answer),
}
"""By their names in addresses."""
