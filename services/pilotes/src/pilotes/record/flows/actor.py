"""Who acts on a pilot, and as what: asked before anything is looked at or changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pilotes.french.domain import moment
from pilotes.identity.domain.person import Person, of_personal
from pilotes.record.domain.decisions import Signatory
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import MAY, ROLES, Action, Role, Section, knows, may, sees, up_to
from pilotes.record.ports import Change, Records
from socle.auth import Caller
from socle.errors import Refusal

TakesPart = Callable[[Person, PilotId], Awaitable[bool]]
"""Whether a consent of that person's stands in that pilot, of their account or their device."""


@dataclass(frozen=True, slots=True)
class Acting:
    """One caller in one pilot, and all they are there."""

    subject: str
    roles: frozenset[Role]

    def require(self, action: Action) -> Signatory:
        """As what they do it. Raises Refusal."""
        if not may(action, self.roles):
            raise Refusal(
                "forbidden" if self.subject else "unauthenticated",
                f"Ceci revient {up_to(action)} de ce pilote."
                + ("" if self.subject else " Connectez-vous d'abord."),
                action=action,
            )
        role = next(each for each in ROLES if each in self.roles & MAY[action])
        return Signatory(self.subject, role)

    def sees(self, section: Section) -> bool:
        """Whether they see that part of it."""
        return sees(section, self.roles)


def everybody(caller: Caller) -> Acting:
    """A caller where no pilot is meant yet."""
    roles: set[Role] = {"public"}
    if caller.role == "coordinator" and caller.subject:
        roles.add("coordinator")
    return Acting(caller.subject, frozenset(roles))


async def acting_in(
    pilot: Pilot,
    caller: Caller,
    personal: str | None,
    *,
    records: Records,
    takes_part: TakesPart,
) -> Acting:
    """A caller in a pilot; `personal`: the code their device holds. Raises Refusal, as if there
    were none, where they may not know it."""
    known = everybody(caller)
    roles = set(known.roles)
    if caller.subject:
        held = (await records.roles_of(caller.subject)).get(pilot.id)
        if held is not None:
            roles.add(held)
    subject = caller.subject
    if await takes_part(Person(subject or None, personal), pilot.id):
        roles.add("participant")
        subject = subject or of_personal(personal or "")
    if not knows(roles, published=pilot.published):
        raise nowhere(pilot.id)
    return Acting(subject, frozenset(roles))


def nowhere(pilot_id: PilotId) -> Refusal:
    """What is answered of a pilot that is not, or that the caller may not know of."""
    return Refusal("not_found", f"Aucun pilote ne porte le nom {pilot_id}.")


def at_revision(change: Change, revision: int | None) -> None:
    """Whether what is held is what the caller read. `revision` None: whoever stops harm does not
    read first. Raises Refusal: somebody else changed it in between."""
    pilot = change.pilot
    if revision is None or pilot.revision == revision:
        return
    raise Refusal(
        "conflict",
        "Quelqu'un d'autre a modifié ce pilote pendant que vous y travailliez : vous aviez la"
        f" révision {revision}, la {pilot.revision} est en vigueur depuis le"
        f" {moment(pilot.changed_at)}."
        " Rien n'a été écrasé : relisez, puis recommencez.",
        rule="stale",
        current=pilot.revision,
    )
