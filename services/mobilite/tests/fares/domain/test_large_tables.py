"""Tables with so many rules for one ride that they could not be compared in time."""

from collections.abc import Callable, Sequence

import pytest
from fare_cities import fare, ride, with_rows

from mobilite.fares.domain.fare import MOST_RULES, MOST_WAYS
from mobilite.timetable.domain.notes import Row

Tables = dict[str, Sequence[Row]]
RIDES = ride("r1", "ac"), ride("r2", "ce", "10:30")


def products(count: int) -> Tables:
    names = [f"p{number}" for number in range(count)]
    return {
        "fare_products": [
            {"fare_product_id": name, "amount": "1", "currency": "EUR"} for name in names
        ],
        "fare_leg_rules": [{"leg_group_id": name, "fare_product_id": name} for name in names],
    }


def transfers(count: int) -> Tables:
    rule = {"from_leg_group_id": "p0", "to_leg_group_id": "p0", "fare_transfer_type": "0"}
    return {**products(1), "fare_transfer_rules": [rule] * count}


def areas(count: int) -> Tables:
    """The first ride starts and ends in that many areas."""
    ends = [(f"from{number}", f"to{number}") for number in range(count)]
    return {
        **products(1),
        "fare_leg_rules": [
            {"from_area_id": first, "to_area_id": last, "fare_product_id": "p0"}
            for first, last in [*ends, ("", "")]
        ],
        "stop_areas": [
            {"stop_id": stop, "area_id": area}
            for each in ends
            for stop, area in zip("ac", each, strict=True)
        ],
    }


def leg_rules(count: int) -> Tables:
    return {**products(1), "fare_leg_rules": [{"fare_product_id": "p0"}] * count}


def v1(count: int) -> Tables:
    values = {"price": "1", "currency_type": "EUR", "payment_method": "0"}
    return {"fare_attributes": [{"fare_id": str(number), **values} for number in range(count)]}


@pytest.mark.parametrize(
    ("tables", "most"),
    [
        (products, MOST_WAYS),
        (transfers, MOST_WAYS),
        (areas, int(MOST_RULES**0.5)),
        (leg_rules, MOST_RULES),
        (v1, MOST_RULES),
    ],
)
def test_with_too_many_rules_the_fare_is_unknown(
    tables: Callable[[int], Tables], most: int
) -> None:
    assert fare(with_rows(tables(most)), *RIDES) is not None
    assert fare(with_rows(tables(most + 1)), *RIDES) is None
