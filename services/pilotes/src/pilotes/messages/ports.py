"""What the flows of messages need of the database and of the mail server."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from pilotes.messages.domain.addresses import Address, Channel
from pilotes.messages.domain.links import LinkPurpose
from pilotes.messages.domain.notifications import Notification
from pilotes.messages.domain.topics import Attempt, AttemptOutcome, TeamTopic
from pilotes.messages.domain.wording import Letter, LetterFacts, MailLanguage
from socle.web_push import PushTarget


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """Whom an address belongs to in one pilot: a participant or a member of its team."""

    pilot_id: str
    pseudonym: bytes | None = None
    """Of a participant, 32 bytes; None of a member."""
    subject: str | None = None
    """Of a member; None of a participant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose to receive."""

    address: Address | None
    """None: nothing is sent to them any more."""
    channel: Channel
    """Of the address, or of the last one."""
    confirmed: bool
    refused: bool
    """Whether the mail server answered that the last address does not exist, or the push service
    that the browser is no longer subscribed, or rejected the last attempt of a message."""
    topics: frozenset[TeamTopic]
    """Of a member of a team; empty for a participant."""


@dataclass(frozen=True, slots=True)
class ChoiceRequest:
    """An address to be confirmed."""

    address: Address
    language: MailLanguage
    topics: frozenset[TeamTopic] = frozenset()
    coordinator: bool = False
    """Whether a member of a team is so by their role on the platform, in every pilot."""


class Recipients(Protocol):
    """The store of addresses, apart from consents and sealed. Each change and the message that it
    causes share a transaction."""

    async def find(self, key: RecipientKey) -> Choice | None:
        """What the recipient chose; None before they ever did."""
        ...

    async def choose(self, key: RecipientKey, request: ChoiceRequest, at: datetime) -> None:
        """Store the address in place of the former one. A first message is sent to it, unless it is
        the one that is confirmed already: a link that confirms it, or a notification that does so
        by being accepted. Raises Refusal beyond `MOST_CONFIRMATIONS` of this recipient or for this
        address, or if a participant takes part no more."""
        ...

    async def stop(self, key: RecipientKey) -> None:
        """Erase the address of the recipient, if any."""
        ...

    async def check_link(self, purpose: LinkPurpose, link: str, at: datetime) -> None:
        """Raises Refusal unless the link is valid at that instant."""
        ...

    async def follow_link(self, purpose: LinkPurpose, link: str, at: datetime) -> None:
        """Confirm the address of a link, or erase it; a repeated request changes nothing. Raises
        Refusal as `check_link`."""
        ...

    async def list_reminded_pilots(self) -> frozenset[str]:
        """The pilots whose participants can choose reminders now: those with questionnaires."""
        ...

    async def awaits_questionnaire(self, key: RecipientKey, since: date) -> bool:
        """Whether a participant has a questionnaire that opens on that day or later, and is not
        answered."""
        ...

    async def erase_useless(self, now: datetime) -> None:
        """Erase the addresses that nothing is sent to any more: of participants whose
        questionnaires are all answered, or opened too long ago to be reminded of; of teams of
        closed pilots, of members who were dismissed, and of coordinators who chose longer ago than
        `COORDINATOR_CHOICE_LASTS`."""
        ...


@dataclass(frozen=True, slots=True)
class TeamEvent:
    """An event that a team can be informed of."""

    pilot_id: str
    topic: TeamTopic
    cause: str
    """Its name: an event is sent to a recipient once."""
    at: datetime
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this process alone sends now."""

    id: UUID
    attempts: int
    """With this one."""
    address: Address
    sealed: bytes
    """The address, sealed."""
    attempted_on: date | None
    """The day of the attempt before this one, if any."""
    facts: LetterFacts


class Outbox(Protocol):
    """The messages to be sent, each for a recipient and a cause once."""

    async def plan_reminders(self, today: date, now: datetime) -> None:
        """Add a reminder for each participant who chose them and has a questionnaire that opens
        tomorrow, or opened lately and is not answered; questionnaires of one day have one."""
        ...

    async def plan_team_events(self, events: Sequence[TeamEvent], now: datetime) -> None:
        """Add a message for each member who chose that topic before the event."""
        ...

    async def claim(
        self, now: datetime, *, channel: Channel, reminders: bool
    ) -> ClaimedMessage | None:
        """The next message to be sent through that channel; None without one. Until `settle` it
        counts as delivered: a process that is killed never makes a participant get more reminders
        than the notice promised. A message whose address cannot be opened here is passed over for
        `UNREADABLE_WAITS`, and does not change. `reminders`: whether these are sent at that
        hour."""
        ...

    async def settle(self, claimed: ClaimedMessage, attempt: Attempt, now: datetime) -> None:
        """Store the outcome of an attempt. An address that does not exist is erased, and a browser
        that is rejected at the last attempt; one that is sent its first notification is
        confirmed."""
        ...


class TeamEvents(Protocol):
    """The events of pilots that their teams can be informed of."""

    async def list_between(self, since: datetime, until: datetime) -> Sequence[TeamEvent]:
        """The events between those instants, and at the last one the alarms that last."""
        ...


SendMail = Callable[[UUID, str, Letter], Awaitable[AttemptOutcome]]
"""Sends a message, whose id becomes its Message-ID, to an address. Raises nothing."""
SendNotification = Callable[[UUID, PushTarget, Notification], Awaitable[Attempt]]
"""Sends a notification to a browser. The id names it to the push service. Raises nothing."""
