"""Begin a pilot: an idea, a salt of its own, a first line in its record."""

from dataclasses import dataclass

from pilotes.record.domain.decisions import Said
from pilotes.record.domain.pilot import Description, Field, Pilot, PilotId, Processing
from pilotes.record.flows.actor import everybody
from pilotes.record.flows.desk import Desk
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
    await check_follows(pilot_id, told.description.follows, by, desk=desk)
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


async def check_follows(pilot_id: PilotId, follows: str | None, by: Caller, *, desk: Desk) -> None:
    """Raises Refusal where the pilot it iterates on is none, itself, or unknown to that caller."""
    if follows is None:
        return
    try:
        found, _ = await desk.look(PilotId(follows), by)
    except Refusal:
        found = None
    if found is None or follows == pilot_id:
        raise Refusal("invalid", f"Aucun autre pilote ne porte le nom {follows} (follows).")
