"""Begin a pilot: an idea, a salt of its own, a first line in its record."""

from dataclasses import dataclass

from pilotes.domain.decisions import Said
from pilotes.domain.pilot import Description, Field, Pilot, PilotId, Processing
from pilotes.flows.acting import everybody
from pilotes.flows.desk import Desk
from socle.auth import Caller
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Told:
    """What people write of a pilot."""

    title: str
    field: Field
    description: Description
    processing: Processing


async def create_pilot(pilot_id: PilotId, told: Told, *, by: Caller, desk: Desk) -> Pilot:
    """The pilot, at the stage of an idea. Raises Refusal."""
    signatory = everybody(by).require("create")
    await check_follows(pilot_id, told.description.follows, desk=desk)
    now = desk.clock.now()
    pilot = Pilot(
        id=pilot_id,
        revision=1,
        stage="idea",
        paused=False,
        field=told.field,
        title=told.title,
        description=told.description,
        processing=told.processing,
        protocol_version=None,
        salted=True,
        created_at=now,
        changed_at=now,
        changed_by=signatory.subject,
    )
    async with desk.records.create(pilot) as change:
        facts = {"title": told.title, "field": told.field}
        await change.decide(Said(pilot_id, "created", now, signatory, facts))
    return pilot


async def check_follows(pilot_id: PilotId, follows: str | None, *, desk: Desk) -> None:
    """Raises Refusal where the pilot it iterates on is none, or itself."""
    if follows is None:
        return
    if follows == pilot_id or await desk.records.find(PilotId(follows)) is None:
        raise Refusal("invalid", f"Aucun autre pilote ne porte le nom {follows} (follows).")
