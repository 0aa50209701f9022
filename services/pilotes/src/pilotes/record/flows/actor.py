"""The caller of a request, and their roles in one pilot."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pilotes.french.domain import format_instant
from pilotes.identity.domain.person import Person, personal_code_subject
from pilotes.record.domain.decisions import Signatory
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import (
    PERMISSIONS,
    ROLES,
    Action,
    Role,
    Section,
    allowed_roles_text,
    can_see,
    is_allowed,
    pilot_is_visible,
)
from pilotes.record.ports import PilotChange, Records
from socle.auth import Caller
from socle.errors import Refusal

IsParticipant = Callable[[Person, PilotId], Awaitable[bool]]
"""Whether a person has an active consent in a pilot, by their account or by their device."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller with their roles in one pilot."""

    subject: str
    """For a participant without an account, `personal_code_subject`. Empty for other anonymous
    callers."""
    roles: frozenset[Role]

    def allows(self, action: Action) -> bool:
        """Whether one of the caller's roles allows the action."""
        return is_allowed(action, self.roles)

    def require(self, action: Action) -> Signatory:
        """The signatory of an action: the caller in the highest role that allows it. Raises Refusal
        if none does."""
        if not self.allows(action):
            raise Refusal(
                "forbidden" if self.subject else "unauthenticated",
                f"Ceci revient {allowed_roles_text(action)} de ce pilote."
                + ("" if self.subject else " Connectez-vous d'abord."),
                action=action,
            )
        role = next(each for each in ROLES if each in self.roles & PERMISSIONS[action])
        return Signatory(self.subject, role)

    def can_see(self, section: Section) -> bool:
        """Whether the caller sees that section of the pilot."""
        return can_see(section, self.roles)


def platform_actor(caller: Caller) -> Actor:
    """A caller with the roles that they have in every pilot."""
    roles: set[Role] = {"public"}
    if caller.role == "coordinator" and caller.subject:
        roles.add("coordinator")
    return Actor(caller.subject, frozenset(roles))


async def actor_in(
    pilot: Pilot,
    caller: Caller,
    personal_code: str | None,
    *,
    records: Records,
    is_participant: IsParticipant,
) -> Actor:
    """A caller with their roles in a pilot. `personal_code`: the code that their device stores.

    Raises Refusal if the pilot is not visible to them, the same as for a pilot that does not exist.
    """
    known = platform_actor(caller)
    roles = set(known.roles)
    if caller.subject:
        membership = (await records.roles_of(caller.subject)).get(pilot.id)
        if membership is not None:
            roles.add(membership)
    subject = caller.subject
    if await is_participant(Person(subject or None, personal_code), pilot.id):
        roles.add("participant")
        subject = subject or personal_code_subject(personal_code or "")
    if not pilot_is_visible(roles, published=pilot.published):
        raise pilot_not_found(pilot.id)
    return Actor(subject, frozenset(roles))


def pilot_not_found(pilot_id: PilotId) -> Refusal:
    """The refusal for a pilot that does not exist, or that the caller cannot see."""
    return Refusal("not_found", f"Aucun pilote ne porte le nom {pilot_id}.", rule="pilot_unknown")


def check_revision(change: PilotChange, revision: int | None) -> None:
    """Raises Refusal if the locked pilot has another revision than the one the caller read.
    `revision`: None for callers that read nothing first."""
    pilot = change.pilot
    if revision is None or pilot.revision == revision:
        return
    raise Refusal(
        "conflict",
        "Quelqu'un d'autre a modifié ce pilote pendant que vous y travailliez : vous aviez la"
        f" révision {revision}, la {pilot.revision} est en vigueur depuis le"
        f" {format_instant(pilot.changed_at)}."
        " Rien n'a été écrasé : relisez, puis recommencez.",
        rule="stale",
        current=pilot.revision,
    )
