"""Write what people are told of a pilot, and its line in the register of processing."""

from dataclasses import replace

from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.create_pilot import Told, check_follows
from pilotes.record.flows.desk import Desk, Wish
from socle.errors import Refusal


async def describe_pilot(wish: Wish, told: Told, *, desk: Desk) -> Pilot:
    """The pilot as it is now told. Raises Refusal."""
    before, acting = await desk.look(wish.pilot_id, wish.caller)
    # First whether they may: what is answered below tells which other pilots there are.
    acting.require(wish.action)
    follows = told.description.follows
    if follows != before.description.follows:
        await check_follows(wish.pilot_id, follows, wish.caller, desk=desk)
    async with desk.hold(wish) as held:
        pilot = held.pilot
        if pilot.stage == "closed":
            raise Refusal("conflict", "Ce pilote est clos : sa fiche ne change plus.")
        # How few people may be shown hangs on it: never loosened once people take part.
        if told.field != pilot.field and pilot.published:
            raise Refusal(
                "conflict", "Le domaine d'un pilote ne change plus après le début de l'essai."
            )
        # People agreed on it, and facts are forgotten by it: a line left out would erase it all.
        if pilot.published and (missing := told.processing.missing()):
            raise Refusal(
                "conflict",
                "Depuis le début de l'essai, la fiche de traitement reste complète : il manque "
                f"{', '.join(missing)}.",
                missing=list(missing),
            )
        return await held.save(
            replace(
                pilot,
                title=told.title,
                field=told.field,
                description=told.description,
                processing=told.processing,
            )
        )
