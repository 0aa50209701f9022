"""GTFS Fares v2: one small set of rules for each clause of the reference."""

import pytest
from fare_cities import city, fare, price, ride

PRODUCTS = "fare_product_id,fare_product_name,amount,currency\nunit,Unité,1.50,EUR\n"
ROUTES = "network_id,route_id\nbus,r1\nbus,r2\n"
AREAS = "area_id,stop_id\ncentre,gare\ncentre,c\nlac,d\n"
LEGS = "leg_group_id,network_id,from_area_id,to_area_id,fare_product_id\n"
TRANSFERS = (
    "from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_limit_type,"
    "fare_transfer_type,fare_product_id\n"
)
TO_CENTRE, ONWARD, THIRD = ride("r1", "ac"), ride("r2", "ce", "10:30"), ride("r1", "ac", "11:00")


def rules(legs: str, transfers: str = "", **files: str) -> dict[str, str]:
    """Files of fares: the products `unit` and those of `files`."""
    given = {"fare_products": PRODUCTS, "fare_leg_rules": legs, **files}
    if transfers:
        given["fare_transfer_rules"] = TRANSFERS + transfers
    if ROUTES in given.values() or "bus" in legs:
        given = {"networks": "network_id\nbus\n", "route_networks": ROUTES, **given}
    if "centre" in legs:
        given = {"areas": "area_id\ncentre\nlac\n", "stop_areas": AREAS, **given}
    return given


def test_a_rule_without_conditions_covers_every_leg() -> None:
    flat = city(**rules("fare_product_id\nunit\n"))
    found = fare(flat, TO_CENTRE, ONWARD)
    assert found is not None
    assert (str(found.amount), found.products, found.media) == ("3.00", ("Unité", "Unité"), ())


def test_an_empty_network_or_area_is_what_no_rule_lists() -> None:
    products = PRODUCTS + "other,,4,EUR\n"
    networks = city(**rules(LEGS + ",bus,,,unit\n,,,,other\n", fare_products=products))
    assert price(networks, TO_CENTRE) == "1.50 EUR"
    assert price(networks, ride("r3", "bd")) == "4 EUR"
    areas = city(**rules(LEGS + ",,centre,centre,unit\n,,,,other\n", fare_products=products))
    assert price(areas, TO_CENTRE) == "1.50 EUR"
    assert price(areas, ride("r1", "de")) == "4 EUR"
    # From the centre to a place that no rule lists: neither an exact rule nor the empty one.
    assert price(areas, ride("r1", "cd")) is None


def test_a_platform_is_in_the_areas_of_its_station_unless_it_has_its_own() -> None:
    legs = LEGS + ",,centre,lac,unit\n"
    assert price(city(**rules(legs)), ride("r3", "bd")) == "1.50 EUR"
    moved = city(**rules(legs, stop_areas=AREAS + "lac,b\n"))
    assert price(moved, ride("r3", "bd")) is None


def test_a_platform_in_an_unknown_area_has_no_price() -> None:
    legs = LEGS + ",,centre,lac,unit\n"
    lost = city(**rules(legs, stop_areas=AREAS + "lost,b\n"))
    assert price(lost, ride("r3", "bd")) is None
    elsewhere = city(**rules(legs, stop_areas=AREAS + "centre,lost\n"))
    assert price(elsewhere, ride("r3", "bd")) == "1.50 EUR"


def test_with_priorities_an_empty_value_is_any_and_the_highest_counts() -> None:
    head = LEGS.replace("\n", ",rule_priority\n")
    products = PRODUCTS + "special,Spécial,9,EUR\n"
    legs = head + ",bus,,,unit,\n,,centre,,special,2\n"
    priced = city(**rules(legs, fare_products=products))
    assert price(priced, ride("r1", "cd")) == "9 EUR"
    assert price(priced, ride("r1", "dc")) == "1.50 EUR"
    assert price(priced, ride("r3", "de")) is None


@pytest.mark.parametrize(
    ("start", "amount"),
    [
        ("2026-03-02T06:59", "1.50 EUR"),
        ("2026-03-02T07:00", "2.50 EUR"),
        ("2026-03-02T09:00", "1.50 EUR"),
        ("2026-03-01T08:00", "1.50 EUR"),  # a Sunday
        # The night of Sunday to Monday: Monday's hours, although the service day is Sunday.
        ("2026-03-02T00:30", "9 EUR"),
        ("2026-03-01T00:30", "1.50 EUR"),
    ],
)
def test_timeframes_are_hours_of_the_local_calendar_day(start: str, amount: str) -> None:
    timeframes = (
        "timeframe_group_id,start_time,end_time,service_id\npeak,07:00:00,09:00:00,bureau\n"
        "night,,01:00:00,bureau\n"
    )
    legs = (
        "from_timeframe_group_id,fare_product_id,rule_priority\n"
        ",unit,0\npeak,high,1\nnight,special,1\n"
    )
    products = PRODUCTS + "high,,2.50,EUR\nspecial,,9,EUR\n"
    timed = city(**rules(legs, fare_products=products, timeframes=timeframes))
    assert price(timed, ride("r1", "ac", start)) == amount
    at_end = legs.replace("from_timeframe", "to_timeframe")
    ended = city(**rules(at_end, fare_products=products, timeframes=timeframes))
    assert price(ended, ride("r1", "ac", start, minutes=0)) == amount


def test_a_timeframe_uses_services_that_no_trip_uses() -> None:
    day = "calendar_dates"
    timeframes = "timeframe_group_id,start_time,end_time,service_id\nfete,,,fete\n"
    legs = "from_timeframe_group_id,fare_product_id\nfete,unit\n"
    dates = "service_id,date,exception_type\nfete,20260302,1\n"
    timed = city(**rules(legs, timeframes=timeframes, **{day: dates}))
    assert price(timed, TO_CENTRE) == "1.50 EUR"
    assert price(timed, ride("r1", "ac", "2026-03-03T10:00")) is None
    unknown = city(**rules(legs, timeframes=timeframes.replace(",,fete", ",,lost")))
    assert price(unknown, TO_CENTRE) is None


def transfer(row: str, **products: str) -> dict[str, str]:
    """Rules of one leg group with a transfer."""
    added = "".join(f"{name},,{amount},EUR\n" for name, amount in products.items())
    legs = "leg_group_id,fare_product_id\ng,unit\n"
    return rules(legs, row, fare_products=PRODUCTS + added)


@pytest.mark.parametrize(
    ("row", "amounts"),
    [
        # A + AB, then S + BC
        ("g,g,-1,,,0,\n", ("1.50", "1.50", "1.50")),
        ("g,g,-1,,,0,change\n", ("1.50", "1.80", "2.10")),
        # A + AB + B, then S + BC + C
        ("g,g,-1,,,1,less\n", ("1.50", "2.50", "3.50")),
        # AB, then S + BC
        ("g,g,-1,,,2,change\n", ("1.50", "0.30", "0.60")),
        # One transfer, then a new ticket
        ("g,g,1,,,0,\n", ("1.50", "1.50", "3.00")),
        # The least number that is enough: the first change costs, the second does not
        ("g,g,1,,,0,change\ng,g,2,,,0,\n", ("1.50", "1.80", "1.80")),
        ("g,g,1,,,0,\ng,g,-1,,,0,change\n", ("1.50", "1.50", "1.80")),
        # Leg groups that no rule lists
        (",,-1,,,0,\n", ("1.50", "1.50", "1.50")),
    ],
)
def test_a_transfer_is_processed_by_its_type_and_count(row: str, amounts: tuple[str, ...]) -> None:
    timetable = city(**transfer(row, change="0.30", less="-0.50"))
    rides = (TO_CENTRE, ONWARD, THIRD)
    found = [price(timetable, *rides[:size]) for size in (1, 2, 3)]
    assert found == [f"{amount} EUR" for amount in amounts]


@pytest.mark.parametrize(
    ("limit", "limit_type", "free"),
    [
        *((2400, 0, True), (2399, 0, False)),  # departure to arrival: 10:00 to 10:40
        *((1800, 1, True), (1799, 1, False)),  # to departure, 10:30
        *((1200, 2, True), (1199, 2, False)),  # arrival, 10:10, to departure
        *((1800, 3, True), (1799, 3, False)),  # to arrival
    ],
)
def test_a_transfer_has_a_duration(limit: int, limit_type: int, free: bool) -> None:
    timetable = city(**transfer(f"g,g,1,{limit},{limit_type},0,\n"))
    assert price(timetable, TO_CENTRE, ONWARD) == ("1.50 EUR" if free else "3.00 EUR")


def test_a_duration_counted_from_the_first_or_the_previous_leg_must_not_matter() -> None:
    timetable = city(**transfer("g,g,-1,3000,1,0,\n"))
    assert price(timetable, TO_CENTRE, ONWARD, ride("r1", "ac", "10:45")) == "1.50 EUR"
    assert price(timetable, TO_CENTRE, ONWARD, ride("r1", "ac", "11:00")) is None
    assert price(timetable, TO_CENTRE, ONWARD, ride("r1", "ac", "12:00")) == "3.00 EUR"


def test_rides_that_are_joined_count_as_one_leg() -> None:
    legs = LEGS + ",bus,centre,lac,unit\n"
    join = "from_network_id,to_network_id,from_stop_id,to_stop_id\nbus,bus,c,c\n"
    rides = ride("r1", "ac"), ride("r2", "cd", "10:30")
    assert price(city(**rules(legs)), *rides) is None
    joined = city(**rules(legs, fare_leg_join_rules=join))
    assert price(joined, *rides) == "1.50 EUR"
    assert price(joined, ride("r1", "ad"), ride("r2", "dc", "10:30")) is None
    station = city(**rules(legs, fare_leg_join_rules=join.replace("c,c", "gare,gare")))
    assert price(station, ride("r1", "ca"), ride("r2", "bd", "10:30")) == "1.50 EUR"


def test_the_price_is_that_of_the_default_rider() -> None:
    products = (
        "fare_product_id,rider_category_id,amount,currency\n"
        "unit,adult,1.50,EUR\nunit,child,0.70,EUR\n"
    )
    categories = "rider_category_id,rider_category_name,is_default_fare_category\n"
    legs = "fare_product_id\nunit\n"
    given = {"fare_products": products, "rider_categories": categories + "adult,A,1\nchild,C,\n"}
    assert price(city(**rules(legs, **given)), TO_CENTRE) == "1.50 EUR"
    given["rider_categories"] = categories + "adult,A,\nchild,C,\n"
    assert price(city(**rules(legs, **given)), TO_CENTRE) is None


def test_one_medium_pays_the_journey_and_is_named() -> None:
    products = (
        "fare_product_id,fare_media_id,amount,currency\n"
        "unit,cash,2,EUR\nunit,card,1.50,EUR\ntrain,card,4,EUR\n"
    )
    media = "fare_media_id,fare_media_name,fare_media_type\ncash,,0\ncard,Carte,2\n"
    legs = LEGS + ",bus,,,unit\n,,,,train\n"
    priced = city(**rules(legs, fare_products=products, fare_media=media))
    found = fare(priced, TO_CENTRE, ride("r3", "bd", "11:00"))
    assert found is not None
    assert (str(found.amount), found.media) == ("5.50", ("Carte",))
    # No medium buys both.
    apart = products.replace("unit,card,1.50,EUR\n", "")
    priced = city(**rules(legs, fare_products=apart, fare_media=media))
    assert price(priced, TO_CENTRE) == "2 EUR"
    assert price(priced, TO_CENTRE, ride("r3", "bd", "11:00")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"fare_products": PRODUCTS.replace("1.50", "beaucoup")},
        {"fare_products": PRODUCTS + "unit,Unité,2.00,EUR\n"},
        {"fare_products": PRODUCTS + "other,,2.00,CHF\n"},
        {"fare_products": PRODUCTS.replace("unit", "lost")},
        {"fare_products": PRODUCTS.replace("1.50", "-1.50")},
        {"fare_leg_rules": "from_timeframe_group_id,fare_product_id\nlost,unit\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,-1,,,7,\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,-1,3600,,0,\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,0,,,0,\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,1_0,,,0,\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,1,-1,1,0,\n"},
        {"fare_transfer_rules": TRANSFERS + "g,g,1,,,0,lost\n"},
        {"fare_transfer_rules": TRANSFERS + "other,other,-1,,,0,\n"},
        {"fare_leg_rules": "leg_group_id,fare_product_id\ng,unit\ng,lost\n"},
    ],
)
def test_what_is_not_understood_has_no_price(change: dict[str, str]) -> None:
    legs = {"fare_leg_rules": "leg_group_id,fare_product_id\ng,unit\n"}
    plain = {"fare_products": PRODUCTS, **legs}
    assert price(city(**plain), TO_CENTRE, ONWARD) == "3.00 EUR"
    assert price(city(**{**plain, **change}), TO_CENTRE, ONWARD) is None


def test_v2_counts_where_a_feed_has_both() -> None:
    v1 = "fare_id,price,currency_type,payment_method,transfers\nold,9,EUR,0,0\n"
    both = city(**rules("fare_product_id\nunit\n"), fare_attributes=v1)
    assert price(both, TO_CENTRE) == "1.50 EUR"
    assert price(city(fare_attributes=v1), TO_CENTRE) == "9 EUR"
    assert price(city(), TO_CENTRE) is None
