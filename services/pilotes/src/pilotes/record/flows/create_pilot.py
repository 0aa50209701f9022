"""Create a pilot at the stage "idea", with a new salt and the first decision of its record."""

from dataclasses import dataclass

from pilotes.record.domain.decisions import Decision
from pilotes.record.domain.pilot import Description, Field, Pilot, PilotId, Processing
from pilotes.record.flows.actor import platform_actor
from pilotes.record.flows.desk import Desk
from socle.auth import Caller
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class PilotContent:
    """The parts of a pilot that its team writes."""

    title: str
    field: Field
    description: Description
    processing: Processing


async def create_pilot(
    pilot_id: PilotId, content: PilotContent, *, by: Caller, desk: Desk
) -> Pilot:
    """Create a pilot at the stage "idea". Raises Refusal: not permitted, the id is taken, or the
    pilot that it follows cannot be followed."""
    signatory = platform_actor(by).require("create")
    await check_follows(pilot_id, content.description.follows, by, desk=desk)
    now = desk.clock.now()
    pilot = Pilot(
        id=pilot_id,
        revision=1,
        stage="idea",
        paused=False,
        field=content.field,
        title=content.title,
        description=content.description,
        processing=content.processing,
        protocol_version=None,
        salted=True,
        created_at=now,
        changed_at=now,
        changed_by=signatory.subject,
    )
    async with desk.records.create(pilot) as change:
        facts = {"title": content.title, "field": content.field}
        await change.add_decision(Decision(pilot_id, "created", now, signatory, facts))
    return pilot


async def check_follows(pilot_id: PilotId, follows: str | None, by: Caller, *, desk: Desk) -> None:
    """Raises Refusal if the followed pilot does not exist, is not visible to the caller, or is the
    pilot itself. `follows`: its id."""
    if follows is None:
        return
    try:
        found, _ = await desk.get_pilot(PilotId(follows), by)
    except Refusal:
        found = None
    if found is None or follows == pilot_id:
        raise Refusal("invalid", f"Aucun autre pilote ne porte le nom {follows} (follows).")
