"""What a journey costs, and the rides that it is calculated from.

A price is that of one ticket or a combination of tickets for one rider of the default category.
Where a rule is not understood, or leaves open which price applies, the fare is unknown: no price is
better than a wrong one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from mobilite.gtfs.domain.ids import FeedId

_COUNT: Final = re.compile(r"[0-9]{1,9}")
_LIMIT: Final = 1_000_000
"""Amounts from this on are mistakes, in any currency."""
MOST_RULES: Final = 10_000
"""Rules for one ride or leg from which on its fare is unknown: a second to compare them."""
MOST_WAYS: Final = 150
"""Ways to pay one leg, products × media, or to transfer, from which on its fare is unknown."""


class UnknownFare(Exception):
    """The fare cannot be known. Raised and caught in this capability."""


@dataclass(frozen=True, slots=True)
class FareRide:
    """One ride of a journey. A passenger who stays seated while the trip changes has one ride."""

    feed: FeedId
    route: str
    """Local id."""
    stops: tuple[str, ...]
    """Local ids of the calls, from boarding to alighting; at least two."""
    departure: int
    """Scheduled, in POSIX seconds; so is the arrival."""
    arrival: int


@dataclass(frozen=True, slots=True)
class Fare:
    """What a journey costs."""

    amount: Decimal
    currency: str
    """ISO 4217."""
    products: tuple[str, ...] = ()
    """The names of the tickets, where the feed names them, in order of use."""
    media: tuple[str, ...] = ()
    """What is needed to get this price, as a card; empty: nothing."""
    before_boarding: bool = False
    """Whether a ticket has to be bought before boarding, as far as the feed states it."""


@dataclass(frozen=True, slots=True)
class Price:
    """A sum of tickets."""

    amount: Decimal
    products: tuple[str, ...] = ()
    """Their ids."""

    def plus(self, amount: Decimal, product: str) -> "Price":
        """This price and another ticket. `product`: its id."""
        return Price(self.amount + amount, (*self.products, product))


def parse_amount(text: str) -> Decimal | None:
    """An amount of a feed; None if it is no number below a million."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _LIMIT else None


def parse_count(text: str) -> int | None:
    """A number of transfers, of seconds or of a priority; None if it is none below a billion."""
    return int(text) if _COUNT.fullmatch(text) else None


def total(fares: Iterable[Fare]) -> Fare | None:
    """The sum of the fares of several feeds; None if there are none or their currencies differ."""
    found = [*fares]
    if len({fare.currency for fare in found}) != 1:
        return None
    return Fare(
        sum((fare.amount for fare in found), Decimal(0)),
        found[0].currency,
        tuple(name for fare in found for name in fare.products),
        tuple(dict.fromkeys(name for fare in found for name in fare.media)),
        any(fare.before_boarding for fare in found),
    )
