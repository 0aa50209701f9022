"""Make codes that let people into a pilot, on paper or by a link."""

from dataclasses import dataclass

from pilotes.identity.domain.codes import ENROLMENT, new_code
from pilotes.people.domain.invitations import LONGEST_DAYS, MOST_AT_ONCE, MOST_USES, Order
from pilotes.people.flows.enrol import Chance
from pilotes.people.ports import Codes
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Invited:
    """Codes that were just made: shown now and never again."""

    id: int
    codes: tuple[str, ...]


async def invite(
    pilot_id: str, order: Order, *, by: str, codes: Codes, clock: Clock, chance: Chance
) -> Invited:
    """Raises Refusal for an order out of bounds."""
    bounds = (
        (order.count, MOST_AT_ONCE, "codes à la fois"),
        (order.uses, MOST_USES, "usages par code"),
        (order.days, LONGEST_DAYS, "jours de validité"),
    )
    for told, most, what in bounds:
        if not 1 <= told <= most:
            raise Refusal("invalid", f"{told} {what} : il en faut de 1 à {most}.")
    made = tuple(new_code(chance(7), ENROLMENT) for _ in range(order.count))
    return Invited(await codes.add(pilot_id, made, order, at=clock.now(), by=by), made)
