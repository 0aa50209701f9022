"""Fares by trying every combination of tickets, on the rows as published: slow and plain."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from mobilite.fares.domain.fare import FareRide

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
Key = tuple[str | None, str | None]
ZONES = {"a": "Z1", "b": "Z1", "c": "Z2", "d": "Z3"}
AGENCIES = {"r1": "bus", "r2": "bus", "r3": "train"}


def compositions(size: int) -> Iterator[list[slice]]:
    """Every way to cut a sequence into successive parts."""
    for cuts in product((False, True), repeat=size - 1):
        ends = [i + 1 for i, cut in enumerate(cuts) if cut]
        yield [slice(*each) for each in zip([0, *ends], [*ends, size], strict=True)]


def v1_price(tables: Tables, rides: Sequence[FareRide]) -> Decimal | None:
    """The cheapest combination of tickets, of fares that all have rules."""
    totals = []
    for parts in compositions(len(rides)):
        prices = [
            [
                Decimal(fare["price"])
                for fare in tables["fare_attributes"]
                if covers(fare, tables["fare_rules"], rides[part])
            ]
            for part in parts
        ]
        if all(prices):
            totals.append(sum(map(min, prices), Decimal(0)))
    return min(totals, default=None)


def covers(fare: Row, rules: Sequence[Row], rides: Sequence[FareRide]) -> bool:
    """Whether one ticket of that fare is enough for these rides."""
    limit, duration = fare.get("transfers"), fare.get("transfer_duration")
    if limit is not None and len(rides) - 1 > int(limit):
        return False
    if duration is not None and rides[-1].departure - rides[0].departure > int(duration):
        return False
    if any(fare.get("agency_id", AGENCIES[ride.route]) != AGENCIES[ride.route] for ride in rides):
        return False
    ends = ZONES.get(rides[0].stops[0]), ZONES.get(rides[-1].stops[-1])
    zones = {ZONES[stop] for ride in rides for stop in ride.stops if stop in ZONES}
    own = [row for row in rules if row["fare_id"] == fare["fare_id"]]
    return all(
        any(
            row.get("route_id", ride.route) == ride.route
            and row.get("origin_id", ends[0]) == ends[0]
            and row.get("destination_id", ends[1]) == ends[1]
            and zones_of(row, own) in (set(), zones)
            for row in own
        )
        for ride in rides
    )


def zones_of(row: Row, own: Sequence[Row]) -> set[str]:
    """All contains_id of the rows with the same other columns."""
    names = ("route_id", "origin_id", "destination_id")
    same = [each for each in own if all(each.get(name) == row.get(name) for name in names)]
    return {each["contains_id"] for each in same if "contains_id" in each}


class TwoReadings(Exception):
    """A transfer count can be that of the sub-journey or that of one rule, and it matters."""


def v2_price(tables: Tables, rides: Sequence[FareRide]) -> Decimal | None:
    """The cheapest choice of one matching rule for each leg; None if a leg has none, if what the
    reference leaves open matters, or if the price is negative."""
    choices = [leg_rules(tables, ride) for ride in rides]
    try:
        totals = [
            total
            for chosen in product(*choices)
            for total in v2_totals(tables, chosen, 1, amount(tables, chosen[0]), [])
        ]
    except TwoReadings:
        return None
    least = min(totals, default=None)
    return None if least is None or least < 0 else least


def leg_rules(tables: Tables, ride: FareRide) -> list[Row]:
    """The rows that a ride matches."""
    networks = {row["route_id"]: row["network_id"] for row in tables["route_networks"]}
    areas: dict[str, set[str]] = {}
    for row in tables["stop_areas"]:
        areas.setdefault(row["stop_id"], set()).add(row["area_id"])
    values = {
        "network_id": {networks[ride.route]} if ride.route in networks else set(),
        "from_area_id": areas.get(ride.stops[0], set()),
        "to_area_id": areas.get(ride.stops[-1], set()),
    }
    rows = tables["fare_leg_rules"]
    by_priority = any("rule_priority" in row for row in rows)

    def matches(row: Row, name: str) -> bool:
        if name in row:
            return row[name] in values[name]
        return by_priority or not any(each.get(name) in values[name] for each in rows)

    found = [row for row in rows if all(matches(row, name) for name in values)]
    if by_priority:
        highest = max((int(row["rule_priority"]) for row in found), default=0)
        found = [row for row in found if int(row["rule_priority"]) == highest]
    return found


def v2_totals(
    tables: Tables, chosen: Sequence[Row], place: int, cost: Decimal, linked: list[Key]
) -> Iterator[Decimal]:
    """What the legs from `place` on add to a cost. `linked`: the listed leg groups of the transfers
    so far in the sub-journey."""
    if place == len(chosen):
        yield cost
        return
    key, rows = transfer_rows(tables, chosen[place - 1], chosen[place])
    repeated = 1
    while repeated <= len(linked) and linked[-repeated] == key:
        repeated += 1
    rules = of_least_count(rows, len(linked) + 1)
    if rules != of_least_count(rows, repeated):
        raise TwoReadings
    if not rules:
        separate = cost + amount(tables, chosen[place])
        yield from v2_totals(tables, chosen, place + 1, separate, [])
    for rule in rules:
        after = cost + (amount(tables, rule) if "fare_product_id" in rule else Decimal(0))
        if rule["fare_transfer_type"] == "1":
            after += amount(tables, chosen[place])
        if rule["fare_transfer_type"] == "2" and not linked:
            after -= amount(tables, chosen[place - 1])
        yield from v2_totals(tables, chosen, place + 1, after, [*linked, key])


def transfer_rows(tables: Tables, before: Row, after: Row) -> tuple[Key, list[Row]]:
    """The rows for the change between two legs, with the leg groups that they list."""
    rows, groups = tables["fare_transfer_rules"], (before, after)
    if any("leg_group_id" not in leg for leg in groups):
        return (None, None), []
    names = ("from_leg_group_id", "to_leg_group_id")
    first, last = (
        group if any(row.get(name) == group for row in rows) else None
        for name, group in zip(names, (leg["leg_group_id"] for leg in groups), strict=True)
    )
    return (first, last), [row for row in rows if tuple(map(row.get, names)) == (first, last)]


def of_least_count(rows: Sequence[Row], count: int) -> list[Row]:
    """The rows with the least transfer_count that is enough."""
    spans = [float(row.get("transfer_count", "-1")) for row in rows]
    enough = [float("inf") if span < 0 else span for span in spans]
    least = min((span for span in enough if span >= count), default=None)
    return [row for row, span in zip(rows, enough, strict=True) if span == least]


def amount(tables: Tables, row: Row) -> Decimal:
    """The price of the product of a row."""
    (found,) = (
        each["amount"]
        for each in tables["fare_products"]
        if each["fare_product_id"] == row["fare_product_id"]
    )
    return Decimal(found)
