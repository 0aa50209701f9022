"""GTFS Fares v1: the situations that the reference describes."""

import pytest
from fare_cities import city, price, ride

HEAD = "fare_id,price,currency_type,payment_method,transfers,transfer_duration\n"
RULES = "fare_id,route_id,origin_id,destination_id,contains_id\n"
TO_CENTRE, ONWARD = ride("r1", "ac"), ride("r2", "ce", "10:30")


def test_one_fare_for_everything_with_any_number_of_transfers() -> None:
    flat = city(fare_attributes=HEAD + "flat,1.50,EUR,0,,\n")
    assert price(flat, TO_CENTRE) == "1.50 EUR"
    assert price(flat, TO_CENTRE, ONWARD, ride("r3", "bd", "15:00")) == "1.50 EUR"


def test_without_transfers_each_ride_is_paid() -> None:
    single = city(fare_attributes=HEAD + "single,1.50,EUR,0,0,\n")
    assert price(single, TO_CENTRE, ONWARD) == "3.00 EUR"


def test_transfers_are_free_until_a_ticket_expires() -> None:
    timed = city(fare_attributes=HEAD + "timed,2,EUR,0,,5400\n")
    assert price(timed, TO_CENTRE, ride("r2", "ce", "11:30")) == "2 EUR"
    assert price(timed, TO_CENTRE, ride("r2", "ce", "11:31")) == "4 EUR"


def test_the_number_of_transfers_is_limited() -> None:
    once = city(fare_attributes=HEAD + "once,2,EUR,0,1,\n")
    rides = [ride("r1", "ac", f"{hour}:00") for hour in (10, 11, 12, 13, 14)]
    assert price(once, *rides[:2]) == "2 EUR"
    assert price(once, *rides[:3]) == "4 EUR"
    assert price(once, *rides) == "6 EUR"


def test_a_transfer_ticket_is_bought_where_it_is_cheaper() -> None:
    tickets = "simple,1.75,EUR,0,0,\nplus,2.00,EUR,0,1,5400\n"
    both = city(fare_attributes=HEAD + tickets)
    assert price(both, TO_CENTRE) == "1.75 EUR"
    assert price(both, TO_CENTRE, ONWARD) == "2.00 EUR"
    assert price(both, TO_CENTRE, ride("r2", "ce", "12:00")) == "3.50 EUR"


def test_routes_have_fares_of_their_own() -> None:
    local = city(
        fare_attributes=HEAD + "local,1.75,EUR,0,,\nexpress,5.00,EUR,0,,\n",
        fare_rules=RULES + "local,r1,,,\nlocal,r2,,,\nexpress,r3,,,\n",
    )
    assert price(local, TO_CENTRE, ONWARD) == "1.75 EUR"
    assert price(local, ride("r3", "bd")) == "5.00 EUR"
    # No ticket covers both.
    assert price(local, TO_CENTRE, ride("r3", "bd", "11:00")) == "6.75 EUR"


def test_the_zones_of_both_ends_make_the_fare() -> None:
    zones = city(
        fare_attributes=HEAD + "near,1,EUR,0,,\nfar,3,EUR,0,,\n",
        fare_rules=RULES + "near,,Z1,Z2,\nnear,,Z2,Z3,\nfar,,Z1,Z3,\n",
    )
    assert price(zones, ride("r1", "ac")) == "1 EUR"
    assert price(zones, ride("r1", "acd")) == "3 EUR"
    # One ticket from end to end, or two of them.
    assert price(zones, ride("r1", "ac"), ride("r1", "cd", "10:30")) == "2 EUR"
    assert price(zones, ride("r1", "dc")) is None  # the way back has no fare
    assert price(zones, ride("r2", "ce")) is None  # nor a stop without a zone


def test_the_zones_on_the_way_are_exactly_those_of_the_fare() -> None:
    zones = city(
        fare_attributes=HEAD + "two,2,EUR,0,,\nthree,3,EUR,0,,\n",
        fare_rules=RULES + "two,,,,Z1\ntwo,,,,Z2\nthree,,,,Z1\nthree,,,,Z2\nthree,,,,Z3\n",
    )
    assert price(zones, ride("r1", "ac")) == "2 EUR"
    assert price(zones, ride("r1", "acd")) == "3 EUR"
    assert price(zones, ride("r1", "ac"), ride("r1", "cd", "10:30")) == "3 EUR"
    assert price(zones, ride("r3", "bd")) is None  # Z1 and Z3 only


def test_a_fare_of_an_agency_covers_its_routes_only() -> None:
    head = HEAD.replace("\n", ",agency_id\n")
    agencies = city(fare_attributes=head + "bus,1.50,EUR,0,,,bus\ntrain,4,EUR,1,,,train\n")
    assert price(agencies, TO_CENTRE, ONWARD) == "1.50 EUR"
    assert price(agencies, ride("r3", "bd"), ONWARD) == "5.50 EUR"


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        # Two prices for the same: they are for different riders, which v1 cannot state.
        ("adult,2,EUR,0,0,\nchild,1,EUR,0,0,\n", ""),
        ("adult,2,EUR,0,0,\nchild,1,EUR,0,0,\n", "adult,r1,,,\nchild,r1,,,\n"),
        ("wrong,two,EUR,0,0,\n", ""),
        ("wrong,-1,EUR,0,0,\n", ""),
        ("wrong,NaN,EUR,0,0,\n", ""),
        ("wrong,2,EUR,0,many,\n", ""),
        (f"wrong,2,EUR,0,{'9' * 5000},\n", ""),
        ("wrong,1e999999,EUR,0,0,\n", ""),
        ("euro,2,EUR,0,0,\nother,2,CHF,1,0,\n", ""),
        ("lost,2,EUR,0,0,\n", "elsewhere,r1,,,\n"),
        # Alternatives, or conditions that both hold?
        ("mixed,2,EUR,0,0,\n", "mixed,r1,,,\nmixed,,Z1,Z2,\n"),
        # A fare without rules among others that have some.
        ("ruled,2,EUR,0,0,\nbare,1,EUR,0,0,\n", "ruled,r3,,,\n"),
        ("unused,2,EUR,0,0,\n", "unused,r3,,,\n"),
    ],
)
def test_what_is_not_understood_has_no_price(attributes: str, rules: str) -> None:
    files = {"fare_attributes": HEAD + attributes}
    if rules:
        files["fare_rules"] = RULES + rules
    assert price(city(**files), TO_CENTRE) is None


def test_without_a_file_that_cannot_be_read_there_is_no_price() -> None:
    assert price(city(fare_attributes=HEAD + "flat,2,EUR,0,,\n"), TO_CENTRE) == "2 EUR"
    unread = city(fare_attributes=HEAD + "flat,2,EUR,0,,\n", fare_rules="route_id\nr3\n")
    assert price(unread, TO_CENTRE) is None


def test_ways_to_pay_that_a_buyer_can_distinguish_are_compared() -> None:
    before = city(fare_attributes=HEAD + "aboard,2,EUR,0,0,\nshop,1.80,EUR,1,0,\n")
    assert price(before, TO_CENTRE) == "1.80 EUR"
