"""A member of a team, or a coordinator, chooses which events of a pilot they are informed of."""

from dataclasses import dataclass

from pilotes.messages.domain.addresses import read_address
from pilotes.messages.domain.topics import TeamTopic
from pilotes.messages.domain.wording import MailLanguage
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.messages.ports import Choice, ChoiceRequest, RecipientKey
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A pilot, and what a member of its team chose."""

    pilot: Pilot
    key: RecipientKey
    coordinator: bool
    """Whether the caller is in the team as a coordinator."""
    choice: Choice | None
    """None before they ever chose."""


async def get_team_choice(
    pilot_id: PilotId, caller: Caller, *, record: Desk, desk: MessagesDesk
) -> TeamChoice:
    """What the caller chose in a pilot. Raises Refusal if the pilot is not visible to them, or they
    are not in its team."""
    pilot, actor = await record.get_pilot(pilot_id, caller)
    # Who reads the reports of a pilot is informed of them.
    signatory = actor.require("read_reports")
    key = RecipientKey(pilot_id, subject=signatory.subject)
    is_coordinator = signatory.role == "coordinator"
    return TeamChoice(pilot, key, is_coordinator, await desk.recipients.find(key))


async def choose_team_messages(
    pilot_id: PilotId,
    caller: Caller,
    typed: str,
    topics: frozenset[TeamTopic],
    language: MailLanguage,
    *,
    record: Desk,
    desk: MessagesDesk,
) -> None:
    """Store the address and the topics of the caller; without a topic, erase the address. `typed`:
    the address as it was typed. Raises Refusal as `get_team_choice`, if the pilot is closed, it is
    no address, or too many links were requested today."""
    found = await get_team_choice(pilot_id, caller, record=record, desk=desk)
    if not topics:
        await desk.recipients.stop(found.key)
        return
    desk.require_mail()
    if found.pilot.state == "closed":
        raise Refusal(
            "conflict",
            "Cet essai est clos : il n'envoie plus de messages.",
            rule="messages_closed",
        )
    request = ChoiceRequest(read_address(typed), language, topics, found.coordinator)
    await desk.recipients.choose(found.key, request, desk.clock.now())
