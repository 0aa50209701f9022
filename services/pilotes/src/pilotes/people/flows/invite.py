"""Create an invitation: enrolment codes, to be printed or sent as links."""

from dataclasses import dataclass
from typing import Final

from pilotes.identity.domain.codes import ENROLMENT_LETTERS, new_code
from pilotes.people.domain.invitations import MAX_CODES, MAX_DAYS, MAX_USES, InvitationOrder
from pilotes.people.flows.enrol import RandomBytes
from pilotes.people.ports import Codes
from pilotes.record.domain.draws.designs import Design
from socle.clock import Clock
from socle.errors import Refusal

_CODE_BYTES: Final = 7
"""56 bits, for ten letters of 5."""


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A new invitation with its codes, which are readable only now: their digests are stored."""

    id: int
    codes: tuple[str, ...]


async def create_invitation(
    pilot_id: str,
    order: InvitationOrder,
    *,
    design: Design | None,
    by: str,
    codes: Codes,
    clock: Clock,
    random_bytes: RandomBytes,
) -> NewInvitation:
    """Create and store the enrolment codes of one invitation. `design`: what the pilot draws; None
    before its first protocol. `by`: the subject of the caller.

    Raises Refusal if a number of the order is out of bounds, or its place is not drawn."""
    bounds = (
        (order.count, MAX_CODES, "codes à la fois"),
        (order.uses, MAX_USES, "usages par code"),
        (order.days, MAX_DAYS, "jours de validité"),
    )
    for value, most, what in bounds:
        if not 1 <= value <= most:
            raise Refusal("invalid", f"{value} {what} : il en faut de 1 à {most}.")
    if order.place is not None and (design is None or design.find_place(order.place) is None):
        raise Refusal("invalid", "Ce pilote ne tire au sort aucun lieu de ce code.")
    made = tuple(new_code(random_bytes(_CODE_BYTES), ENROLMENT_LETTERS) for _ in range(order.count))
    return NewInvitation(await codes.add(pilot_id, made, order, at=clock.now(), by=by), made)
