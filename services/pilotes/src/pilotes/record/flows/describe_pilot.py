"""Change the description of a pilot and its entry in the register of processing."""

from dataclasses import replace

from pilotes.record.domain.health_routes import field_of
from pilotes.record.domain.pilot import Field, Pilot
from pilotes.record.flows.create_pilot import PilotContent, check_follows
from pilotes.record.flows.desk import ChangeRequest, Desk
from socle.errors import Refusal


async def describe_pilot(request: ChangeRequest, content: PilotContent, *, desk: Desk) -> Pilot:
    """Change the description; a change of the processing entry is a signed decision. Raises Refusal
    as `Desk.lock` does, or if the pilot is closed or follows one that cannot be followed; and once
    the trial was opened, if the field is another, or anything of the processing entry but its
    contact."""
    before, actor = await desk.get_pilot(request.pilot_id, request.caller)
    # Permission first: the answers below reveal which other pilots exist.
    actor.require(request.action)
    follows = content.description.follows
    if follows != before.description.follows:
        await check_follows(request.pilot_id, follows, request.caller, desk=desk)
    async with desk.lock(request) as locked:
        pilot = locked.pilot
        if pilot.stage == "closed":
            raise Refusal("conflict", "Ce pilote est clos : sa fiche ne change plus.")
        field = content.field
        # A trial that was opened before this rule keeps its field until it is amended.
        written = await locked.change.protocol()
        if written and field != pilot.field:
            field = field_of(field, written.protocol.routes)
        _check_published(pilot, content, field)
        if content.processing != pilot.processing:
            facts = {"processing": content.processing.digest}
            await locked.change.add_decision(locked.new_decision("processing_changed", **facts))
        return await locked.save(
            replace(
                pilot,
                title=content.title,
                field=field,
                description=content.description,
                processing=content.processing,
            )
        )


def _check_published(pilot: Pilot, content: PilotContent, field: Field) -> None:
    """Raises Refusal if a pilot whose trial was opened would promise something else to the people
    who agreed. `field`: the one that follows from its routes."""
    if not pilot.published:
        return
    # The disclosure threshold depends on the field: it must not decrease once people take part.
    if field != pilot.field:
        raise Refusal(
            "conflict", "Le domaine d'un pilote ne change plus après le début de l'essai."
        )
    entry = content.processing
    if missing := entry.missing():
        raise Refusal(
            "conflict",
            "Depuis le début de l'essai, la fiche de traitement reste complète : il manque "
            f"{', '.join(missing)}.",
            missing=list(missing),
        )
    if replace(entry, contact=pilot.processing.contact) != pilot.processing:
        raise Refusal(
            "conflict",
            "Des personnes ont accepté cette fiche de traitement : son contact seul peut encore"
            " changer. Pendant l'essai, le reste change par un amendement.",
            rule="processing_agreed",
        )
