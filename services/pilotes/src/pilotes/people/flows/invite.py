"""Make enrolment codes, to be printed or sent as a link."""

from dataclasses import dataclass

from pilotes.identity.domain.codes import ENROLMENT_LETTERS, new_code
from pilotes.people.domain.invitations import MAX_CODES, MAX_DAYS, MAX_USES, InvitationOrder
from pilotes.people.flows.enrol import RandomBytes
from pilotes.people.ports import Codes
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """New codes. They are displayed once."""

    id: int
    codes: tuple[str, ...]


async def make_codes(
    pilot_id: str,
    order: InvitationOrder,
    *,
    by: str,
    codes: Codes,
    clock: Clock,
    random_bytes: RandomBytes,
) -> NewInvitation:
    """Raises Refusal for an order out of bounds."""
    bounds = (
        (order.count, MAX_CODES, "codes à la fois"),
        (order.uses, MAX_USES, "usages par code"),
        (order.days, MAX_DAYS, "jours de validité"),
    )
    for value, most, what in bounds:
        if not 1 <= value <= most:
            raise Refusal("invalid", f"{value} {what} : il en faut de 1 à {most}.")
    made = tuple(new_code(random_bytes(7), ENROLMENT_LETTERS) for _ in range(order.count))
    return NewInvitation(await codes.add(pilot_id, made, order, at=clock.now(), by=by), made)
