"""A participant chooses reminders of one pilot, or stops them."""

from dataclasses import dataclass
from datetime import timedelta

from pilotes.french.domain import local_day
from pilotes.identity.domain.person import Person
from pilotes.messages.domain.addresses import Address, read_address
from pilotes.messages.domain.topics import REMINDED_WITHIN_DAYS
from pilotes.messages.domain.wording import MailLanguage
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.messages.ports import Choice, ChoiceRequest, RecipientKey
from pilotes.people.domain.enrolment import Trial
from pilotes.people.flows.participations import find_participation
from pilotes.people.flows.people_desk import PeopleDesk
from socle.errors import Refusal
from socle.web_push import PushTarget


@dataclass(frozen=True, slots=True)
class RemindersChoice:
    """What a participant can choose, and chose."""

    trial: Trial
    key: RecipientKey
    choice: Choice | None
    """None before they ever chose."""
    most: int
    """Reminders in the trial, at most; 0: none is offered now."""


async def get_reminders_choice(
    pilot_id: str, person: Person, *, people: PeopleDesk, desk: MessagesDesk
) -> RemindersChoice:
    """What a participant chose in a pilot. None is offered while their consent covers nothing, or
    without a questionnaire that is still to come.
    Raises Refusal if they do not take part, or no more."""
    found = await find_participation(
        person, pilot_id, trials=people.trials, consents=people.consents
    )
    trial = await people.trials.find(pilot_id)
    if trial is None or found.last.ended:
        raise Refusal(
            "conflict",
            "Vous ne participez plus à ce pilote : rien n'a été enregistré.",
            rule="participation_over",
        )
    key = RecipientKey(pilot_id, pseudonym=bytes.fromhex(found.pseudonym))
    choice = await desk.recipients.find(key)
    offered = (
        found.last.active
        and pilot_id in await desk.list_reminded_pilots()
        and await _has_questionnaires_left(key, choice, desk)
    )
    most = trial.protocol.reminders_at_most if trial.protocol and offered else 0
    return RemindersChoice(trial, key, choice, most)


async def _has_questionnaires_left(
    key: RecipientKey, choice: Choice | None, desk: MessagesDesk
) -> bool:
    """Whether a reminder can still be sent. Who chooses now sees on the page what is open already:
    they are reminded of what opens later."""
    today = local_day(desk.clock.now())
    has_address = choice is not None and choice.address is not None
    days = -REMINDED_WITHIN_DAYS if has_address else 1
    return await desk.recipients.awaits_questionnaire(key, today + timedelta(days=days))


async def choose_reminders(
    pilot_id: str,
    person: Person,
    typed: str,
    language: MailLanguage,
    *,
    people: PeopleDesk,
    desk: MessagesDesk,
) -> None:
    """Store the address of a participant, to which a link to confirm it is sent. `typed`: the
    address as it was typed. Raises Refusal as `get_reminders_choice`, if the trial sends no
    reminders, it is no address, or too many were requested today."""
    desk.require_mail()
    found = await _require_reminders(pilot_id, person, people=people, desk=desk)
    await _choose(found, read_address(typed), language, desk)


async def choose_notifications(
    pilot_id: str,
    person: Person,
    target: PushTarget,
    language: MailLanguage,
    *,
    people: PeopleDesk,
    desk: MessagesDesk,
) -> None:
    """Store the browser of a participant, in place of an address; a first notification confirms it.
    Raises Refusal as `get_reminders_choice`, if the trial sends no reminders, the push service
    of the browser is unknown or its keys are invalid, or too many were requested today."""
    services = desk.require_notifications().services
    found = await _require_reminders(pilot_id, person, people=people, desk=desk)
    try:
        services.check(target)
    except Refusal as refusal:
        of_service = refusal.details["parameter"] == "endpoint"
        rule = "push_target_invalid" if of_service else "push_keys_invalid"
        raise Refusal("invalid", refusal.message, rule=rule) from None
    await _choose(found, target, language, desk)


async def _require_reminders(
    pilot_id: str, person: Person, *, people: PeopleDesk, desk: MessagesDesk
) -> RemindersChoice:
    """As `get_reminders_choice`. Raises Refusal too if the trial sends no reminders."""
    found = await get_reminders_choice(pilot_id, person, people=people, desk=desk)
    if not found.most:
        raise Refusal(
            "conflict",
            "Cet essai ne vous envoie pas de rappels en ce moment : rien n'a été enregistré.",
            rule="reminders_not_offered",
        )
    return found


async def _choose(
    found: RemindersChoice, address: Address, language: MailLanguage, desk: MessagesDesk
) -> None:
    request = ChoiceRequest(address, language)
    await desk.recipients.choose(found.key, request, desk.clock.now())


async def stop_reminders(
    pilot_id: str, person: Person, *, people: PeopleDesk, desk: MessagesDesk
) -> None:
    """Erase the address of a participant. Raises Refusal as `get_reminders_choice`."""
    found = await get_reminders_choice(pilot_id, person, people=people, desk=desk)
    await desk.recipients.stop(found.key)
