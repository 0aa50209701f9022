"""fare_leg_join_rules.txt and fare_leg_rules.txt: the fare legs of a journey, and their products.

https://gtfs.org/documentation/schedule/reference/#fare_leg_rulestxt
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from mobilite.fares.domain.fare import MOST_RULES, FareRide, UnknownFare, parse_count
from mobilite.fares.domain.fare_areas import FareAreas, Timeframes
from mobilite.timetable.domain.notes import Row

Key = tuple[str, str, str]
"""The network, departure area and arrival area of a rule; "" is an empty value."""

_COLUMNS: Final = ("network_id", "from_area_id", "to_area_id")
_PRIORITY: Final = "rule_priority"


@dataclass(frozen=True, slots=True)
class FareLeg:
    """One ride, or several that count as one: an effective fare leg."""

    networks: frozenset[str]
    """Of its rides; "": none."""
    from_stop: str
    to_stop: str
    departure: int
    """Scheduled, in POSIX seconds; so is the arrival."""
    arrival: int


@dataclass(frozen=True, slots=True, order=True)
class LegOption:
    """One way to pay a leg."""

    leg_group: str
    """"": none."""
    product: str


class LegJoins:
    """Which successive rides count as one leg."""

    def __init__(self, rules: Iterable[Row], areas: FareAreas) -> None:
        self._rules, self._areas = [*rules], areas

    def legs(self, rides: Sequence[FareRide]) -> list[FareLeg]:
        """The fare legs of successive rides. Raises UnknownFare."""
        groups: list[list[FareRide]] = []
        for ride in rides:
            if groups and self._joined(groups[-1][-1], ride):
                groups[-1].append(ride)
            else:
                groups.append([ride])
        return [
            FareLeg(
                frozenset(self._areas.network(ride.route) for ride in group),
                group[0].stops[0],
                group[-1].stops[-1],
                group[0].departure,
                group[-1].arrival,
            )
            for group in groups
        ]

    def _joined(self, before: FareRide, after: FareRide) -> bool:
        for rule in self._rules:
            networks = rule.get("from_network_id"), rule.get("to_network_id")
            if (
                self._is_at(before.stops[-1], rule.get("from_stop_id"))
                and self._is_at(after.stops[0], rule.get("to_stop_id"))
                and _is_of(networks[0], self._areas.network(before.route))
                and _is_of(networks[1], self._areas.network(after.route))
            ):
                if None in networks:
                    raise UnknownFare  # both are required
                return True
        return False

    def _is_at(self, stop: str, place: str | None) -> bool:
        return place is None or place in (stop, self._areas.station(stop))


def _is_of(given: str | None, network: str) -> bool:
    return given is None or given == network


class LegRules:
    """What applies to which leg. Immutable.

    With the column rule_priority an empty value is any, and the highest priority counts. Without
    it an empty network or area is each one that no rule lists; a leg in none is among them.
    """

    def __init__(self, rules: Iterable[Row], areas: FareAreas, timeframes: Timeframes) -> None:
        self._areas, self._timeframes = areas, timeframes
        self._rules: dict[Key, list[Row]] = defaultdict(list)
        self._by_priority = False
        for rule in rules:
            self._by_priority |= _PRIORITY in rule
            network, first, last = (rule.get(name, "") for name in _COLUMNS)
            self._rules[network, first, last].append(rule)
        self._listed = [{key[i] for key in self._rules} - {""} for i in range(len(_COLUMNS))]

    def options(self, leg: FareLeg) -> set[LegOption]:
        """The ways to pay a leg. Raises UnknownFare, also if no rule matches, or too many."""
        if len(leg.networks) > 1 and self._listed[0]:
            raise UnknownFare  # "each leg must have the same network_id"
        values = (leg.networks, self._areas.areas(leg.from_stop), self._areas.areas(leg.to_stop))
        networks, first, last = ([*self._choices(i, each)] for i, each in enumerate(values))
        if len(networks) * len(first) * len(last) > MOST_RULES:
            raise UnknownFare
        keys = product(networks, first, last)
        candidates = [rule for key in keys for rule in self._rules.get(key, ())]
        if len(candidates) > MOST_RULES:
            raise UnknownFare
        found = [rule for rule in candidates if self._is_in_time(rule, leg)]
        if self._by_priority:
            highest = max(map(_priority, found), default=0)
            found = [rule for rule in found if _priority(rule) == highest]
        if not found:
            raise UnknownFare
        return {
            LegOption(rule.get("leg_group_id", ""), rule.get("fare_product_id", ""))
            for rule in found
        }

    def leg_groups(self) -> frozenset[str]:
        """All leg groups."""
        rules = (rule for rules in self._rules.values() for rule in rules)
        return frozenset(rule["leg_group_id"] for rule in rules if "leg_group_id" in rule)

    def _choices(self, column: int, values: frozenset[str]) -> Iterator[str]:
        """The values of rules that a leg with these values matches in one column."""
        given = values & self._listed[column]
        yield from given
        if self._by_priority or not given:
            yield ""

    def _is_in_time(self, rule: Row, leg: FareLeg) -> bool:
        events = (
            ("from_timeframe_group_id", leg.from_stop, leg.departure),
            ("to_timeframe_group_id", leg.to_stop, leg.arrival),
        )
        return all(
            self._timeframes.contains(rule[name], self._areas.local_time(stop, instant))
            for name, stop, instant in events
            if name in rule
        )


def _priority(rule: Row) -> int:
    """The priority of a rule. Raises UnknownFare if it is no number."""
    priority = parse_count(str(rule.get(_PRIORITY, "0")))
    if priority is None:
        raise UnknownFare
    return priority
