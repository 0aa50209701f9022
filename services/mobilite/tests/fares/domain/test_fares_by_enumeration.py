"""Random fares of both versions against every combination of tickets."""

from typing import Any

from fare_cities import fare, ride, with_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_fares import v1_price, v2_price

from mobilite.fares.domain.fare import FareRide
from socle.testing import sized

Row = dict[str, Any]
EXAMPLES = settings(max_examples=sized(75, deep=5000), deadline=None)


@st.composite
def journeys(draw: st.DrawFn) -> list[FareRide]:
    """One to four rides within an hour or several."""
    minute, rides = 480, []
    for _ in range(draw(st.integers(1, 4))):
        stops = draw(st.lists(st.sampled_from("abcde"), min_size=2, max_size=3))
        start = f"{minute // 60:02}:{minute % 60:02}"
        rides.append(ride(draw(st.sampled_from(["r1", "r2", "r3"])), "".join(stops), start))
        minute += draw(st.sampled_from([15, 30, 60]))
    return rides


def without_none(**row: str | None) -> Row:
    return {name: value for name, value in row.items() if value is not None}


@st.composite
def fares_v1(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Fares that a buyer can distinguish: each has its own payment method and duration."""
    attributes, rules = [], []
    zones = st.sampled_from(["Z1", "Z2", "Z3"])
    for number in range(draw(st.integers(1, 4))):
        name = f"f{number}"
        attributes.append(
            without_none(
                fare_id=name,
                price=str(draw(st.integers(1, 9))),
                currency_type="EUR",
                payment_method=str(number % 2),
                transfers=draw(st.sampled_from([None, "0", "1", "2"])),
                transfer_duration=str(3600 + number) if draw(st.booleans()) else f"{number}0000",
                agency_id=draw(st.sampled_from([None, None, "bus", "train"])),
            )
        )
        columns = draw(st.sets(st.sampled_from(["route_id", "ends", "contains_id"]), min_size=1))
        for _ in range(draw(st.integers(2, 6))):
            row: Row = {"fare_id": name}
            if "route_id" in columns:
                row["route_id"] = draw(st.sampled_from(["r1", "r2", "r3"]))
            if "ends" in columns:
                row |= {"origin_id": draw(zones), "destination_id": draw(zones)}
            if "contains_id" in columns:
                row["contains_id"] = draw(zones)
            rules.append(row)
    return {"fare_attributes": attributes, "fare_rules": rules}


@EXAMPLES
@given(fares_v1(), journeys())
def test_the_cheapest_tickets_of_v1_are_found(
    tables: dict[str, list[Row]], rides: list[FareRide]
) -> None:
    found = fare(with_rows(tables), *rides)
    assert (found and found.amount) == v1_price(tables, rides)


def optional(*values: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *values])


@st.composite
def fares_v2(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Networks, areas, leg groups, priorities and transfers without durations."""
    products = [f"p{number}" for number in range(3)]
    by_priority = draw(st.booleans())
    legs = [
        without_none(
            leg_group_id=draw(optional("g1", "g1", "g2", "g2")),
            network_id=draw(optional("n1", "n2")),
            from_area_id=draw(optional("A", None)),
            to_area_id=draw(optional("A", "B", None)),
            fare_product_id=draw(st.sampled_from(products)),
            rule_priority=draw(st.sampled_from("0012")) if by_priority else None,
        )
        for _ in range(draw(st.integers(1, 5)))
    ]
    pairs = [("g1", "g1"), ("g2", "g2"), ("g1", "g2"), ("g2", "g1"), (None, None), ("g1", None)]
    transfers = []
    for first, last in draw(st.lists(st.sampled_from(pairs), max_size=4)):
        counted = first == last
        transfers.append(
            without_none(
                from_leg_group_id=first,
                to_leg_group_id=last,
                transfer_count=draw(st.sampled_from(["-1", "1", "2"])) if counted else None,
                fare_transfer_type=draw(st.sampled_from("012")),
                fare_product_id=draw(optional(*products)),
            )
        )
    return {
        "route_networks": [
            {"route_id": "r1", "network_id": "n1"},
            {"route_id": "r2", "network_id": draw(st.sampled_from(["n1", "n2"]))},
        ],
        "stop_areas": [
            {"stop_id": "a", "area_id": "A"},
            {"stop_id": "c", "area_id": draw(st.sampled_from("AB"))},
            {"stop_id": "d", "area_id": "B"},
            {"stop_id": "d", "area_id": "C"},
        ],
        "fare_products": [
            {
                "fare_product_id": name,
                "amount": f"{draw(st.integers(0, 400)) / 100}",
                "currency": "EUR",
            }
            for name in products
        ],
        "fare_leg_rules": legs,
        "fare_transfer_rules": transfers,
    }


@EXAMPLES
@given(fares_v2(), journeys())
def test_the_cheapest_tickets_of_v2_are_found(
    tables: dict[str, list[Row]], rides: list[FareRide]
) -> None:
    found = fare(with_rows(tables), *rides)
    assert (found and found.amount) == v2_price(tables, rides)
