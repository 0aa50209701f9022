"""Change the description of a pilot and its entry in the register of processing."""

from dataclasses import replace

from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.create_pilot import PilotContent, check_follows
from pilotes.record.flows.desk import ChangeRequest, Desk
from socle.errors import Refusal


async def describe_pilot(request: ChangeRequest, content: PilotContent, *, desk: Desk) -> Pilot:
    """Change the description. Raises Refusal as `Desk.lock` does, or if the pilot is closed or
    follows one that cannot be followed; and once the trial was opened, if the field is another or
    the processing entry incomplete."""
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
        # The disclosure threshold depends on the field: it must not decrease once people take part.
        if content.field != pilot.field and pilot.published:
            raise Refusal(
                "conflict", "Le domaine d'un pilote ne change plus après le début de l'essai."
            )
        # People agreed to this entry; with an incomplete one (0 days), retention would erase all
        # facts.
        if pilot.published and (missing := content.processing.missing()):
            raise Refusal(
                "conflict",
                "Depuis le début de l'essai, la fiche de traitement reste complète : il manque "
                f"{', '.join(missing)}.",
                missing=list(missing),
            )
        return await locked.save(
            replace(
                pilot,
                title=content.title,
                field=content.field,
                description=content.description,
                processing=content.processing,
            )
        )
