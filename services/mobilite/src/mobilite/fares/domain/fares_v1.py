"""GTFS Fares v1: fare_attributes.txt and fare_rules.txt of one feed.

https://gtfs.org/documentation/schedule/reference/#fare_attributestxt
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final, Self

from mobilite.fares.domain.fare import (
    MOST_RULES,
    Fare,
    FareRide,
    Price,
    UnknownFare,
    parse_amount,
    parse_count,
)
from mobilite.timetable.domain.notes import Row

Key = tuple[str, str, str]
"""The route, origin zone and destination zone of a rule; "" is any."""

_COLUMNS: Final = ("route_id", "origin_id", "destination_id")
_CONTAINS: Final = "contains_id"
_BEFORE: Final = "1"
"""The payment_method "before boarding"."""


@dataclass(frozen=True, slots=True)
class FareClass:
    """One row of fare_attributes.txt."""

    price: Decimal | None
    """None: not understood, as is what it applies to."""
    currency: str
    payment_method: str
    transfers: float
    """How many; infinity: any number."""
    duration: float
    """Seconds from the first boarding until the last; infinity: no limit."""
    agency: str
    """The local id of the agency that it is limited to; "": none."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read a row. A value that is not understood leaves no price."""
        transfers = _count(row.get("transfers"))
        duration = _count(row.get("transfer_duration"))
        price = parse_amount(str(row.get("price", "")))
        if transfers is None or duration is None or (price is not None and price < 0):
            price = None
        return cls(
            price=price,
            currency=row.get("currency_type", ""),
            payment_method=row.get("payment_method", ""),
            transfers=0 if transfers is None else transfers,
            duration=0 if duration is None else duration,
            agency=row.get("agency_id", ""),
        )

    @property
    def terms(self) -> tuple[object, ...]:
        """What a buyer can distinguish fares by: two that differ in the price only are for
        different riders, which v1 does not state."""
        return (self.payment_method, self.transfers, self.duration)


class FaresV1:
    """The fares of a feed, by what they apply to. Immutable.

    The rows of one fare and key are one rule; its contains_id are exactly the zones of the ride, as
    feeds list them. A fare without rules applies everywhere, unless its agency has fares with
    rules.
    """

    def __init__(
        self,
        attributes: Iterable[Row],
        rules: Iterable[Row],
        *,
        zones: Mapping[str, str],
        agencies: Mapping[str, str],
    ) -> None:
        """`zones`: the zone_id of stops. `agencies`: the agency id of routes, by route."""
        self._zones, self._agencies = zones, agencies
        self._fares = {row["fare_id"]: FareClass.of(row) for row in attributes if "fare_id" in row}
        self._rules: dict[Key, dict[str, set[str]]] = defaultdict(dict)
        """By key, the fares, each with its zones."""
        columns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for row in rules:
            fare, key = row.get("fare_id", ""), tuple(row.get(name, "") for name in _COLUMNS)
            within = self._rules[key].setdefault(fare, set())
            if _CONTAINS in row:
                within.add(row[_CONTAINS])
            columns[fare].add(tuple(name for name in (*_COLUMNS, _CONTAINS) if name in row))
        for fare, found in columns.items():
            # Rows of one fare that give different columns are read in two ways: as alternatives
            # and as conditions.
            if len(found) > 1 or fare not in self._fares:
                self._fares[fare] = FareClass(None, "", "", float("inf"), float("inf"), "")
        self._everywhere = self._without_rules(columns.keys())

    def _without_rules(self, ruled: Iterable[str]) -> tuple[str, ...]:
        """The fares that apply everywhere."""
        agencies = {self._fares[fare].agency for fare in ruled}
        return tuple(
            name
            for name, fare in self._fares.items()
            if not agencies or not ({fare.agency, ""} & agencies or not fare.agency)
        )

    def price(self, rides: Sequence[FareRide]) -> Fare:
        """The least that the rides cost, in tickets for one or more successive rides each. Raises
        UnknownFare."""
        currencies = {fare.currency for fare in self._fares.values() if fare.price is not None}
        if len(currencies) != 1:
            raise UnknownFare
        best: list[Price | None] = [Price(Decimal(0))]
        for end in range(1, len(rides) + 1):
            options = [
                before.plus(*ticket)
                for start in range(end)
                if (before := best[start]) is not None
                if (ticket := self._ticket(rides[start:end])) is not None
            ]
            best.append(min(options, key=lambda price: price.amount, default=None))
        least = best[-1]
        if least is None:
            raise UnknownFare
        bought_before = any(self._fares[each].payment_method == _BEFORE for each in least.products)
        return Fare(least.amount, currencies.pop(), before_boarding=bought_before)

    def _ticket(self, rides: Sequence[FareRide]) -> tuple[Decimal, str] | None:
        """The least price of one ticket for these rides, and its fare; None if there is none.
        Raises UnknownFare."""
        prices: dict[tuple[object, ...], set[Decimal]] = defaultdict(set)
        tickets = []
        for name, key in self._applicable(rides):
            fare = self._fares[name]
            if fare.price is None:
                raise UnknownFare
            prices[*fare.terms, key].add(fare.price)
            tickets.append((fare.price, fare.payment_method, name))
        if any(len(each) > 1 for each in prices.values()):
            raise UnknownFare
        price, _, name = min(tickets, default=(None, "", ""))
        return None if price is None else (price, name)

    def _applicable(self, rides: Sequence[FareRide]) -> Iterator[tuple[str, tuple[Key, ...]]]:
        """The fares of which one ticket is enough, each with the keys of its rules. Raises
        UnknownFare."""
        origin = self._zones.get(rides[0].stops[0], "")
        destination = self._zones.get(rides[-1].stops[-1], "")
        through = {zone for ride in rides for stop in ride.stops if (zone := self._zones.get(stop))}
        keys: dict[str, list[Key]] = {}
        for place, ride in enumerate(rides):
            first, second, third = ({each, ""} for each in (ride.route, origin, destination))
            rules = {key: self._rules.get(key, {}) for key in product(first, second, third)}
            if len(self._everywhere) + sum(map(len, rules.values())) > MOST_RULES:
                raise UnknownFare
            matching: dict[str, list[Key]] = {name: [] for name in self._everywhere}
            for key, found_rules in rules.items():
                for name, within in found_rules.items():
                    if not within or within == through:
                        matching.setdefault(name, []).append(key)
            keys = {
                name: [*(keys[name] if place else ()), *found]
                for name, found in matching.items()
                if (not place or name in keys) and self._permits(name, ride)
            }
        boarding = rides[-1].departure - rides[0].departure
        for name, found in keys.items():
            fare = self._fares[name]
            if len(rides) - 1 <= fare.transfers and boarding <= fare.duration:
                yield name, tuple(sorted(found))

    def _permits(self, name: str, ride: FareRide) -> bool:
        agency = self._fares[name].agency
        return not agency or agency == self._agencies.get(ride.route)


def _count(value: str | None) -> float | None:
    """A number of transfers or seconds; infinity if none is given, None if it is not one."""
    return float("inf") if value is None else parse_count(value)
