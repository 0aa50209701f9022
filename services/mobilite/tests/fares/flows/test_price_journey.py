"""Journeys through several feeds, and real fares."""

from pathlib import Path

import pytest
from cities import timetable_from_text
from fare_cities import NETWORK, city, ride

from mobilite.fares.api.fare_texts import fare_note
from mobilite.fares.domain.fare import FareRide
from mobilite.fares.flows.price_journey import JourneyFares
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.report import Report
from mobilite.timetable.domain.timetable import Timetable

F, G, H = (FeedId(name) for name in "fgh")
HEAD = "fare_id,price,currency_type,payment_method,transfers,transfer_duration\n"


def other(feed: FeedId, fares: str | None) -> Timetable:
    files = {**NETWORK, **({} if fares is None else {"fare_attributes.txt": HEAD + fares})}
    return timetable_from_text(files, feed)


@pytest.fixture(scope="module")
def timetables() -> dict[FeedId, Timetable]:
    return {
        F: city(fare_attributes=HEAD + "single,1.50,EUR,0,0,\n"),
        G: other(G, "flat,2,EUR,0,,\n"),
        H: other(H, None),
    }


def amount(timetables: dict[FeedId, Timetable], *rides: FareRide) -> str | None:
    found = JourneyFares().price(rides, timetables)
    return None if found is None else f"{found.amount} {found.currency}"


def test_the_fares_of_the_feeds_add_up(timetables: dict[FeedId, Timetable]) -> None:
    assert amount(timetables, ride("r1", "ac"), ride("r1", "ac", "11:00", feed="g")) == "3.50 EUR"
    assert amount(timetables) is None


def test_one_unknown_feed_makes_the_fare_unknown(timetables: dict[FeedId, Timetable]) -> None:
    assert amount(timetables, ride("r1", "ac"), ride("r1", "ac", "11:00", feed="h")) is None
    assert amount(timetables, ride("r1", "ac"), ride("r1", "ac", "11:00", feed="x")) is None
    francs = {**timetables, G: other(G, "flat,2,CHF,0,,\n")}
    assert amount(francs, ride("r1", "ac"), ride("r1", "ac", "11:00", feed="g")) is None


def test_a_ticket_used_again_after_a_ride_elsewhere_is_not_assumed(
    timetables: dict[FeedId, Timetable],
) -> None:
    between = [
        ride("r1", "ac", feed="g"),
        ride("r1", "ac", "11:00"),
        ride("r1", "ac", "12:00", feed="g"),
    ]
    assert amount(timetables, *between) is None  # 2 or 4 in the feed g
    apart = [ride("r1", "ac"), ride("r1", "ac", "11:00", feed="g"), ride("r1", "ac", "12:00")]
    assert amount(timetables, *apart) == "5.00 EUR"


def test_a_new_version_of_a_feed_has_its_own_fares(timetables: dict[FeedId, Timetable]) -> None:
    fares, dearer = JourneyFares(), city(fare_attributes=HEAD + "single,1.60,EUR,0,0,\n")
    rides = [ride("r1", "ac")]
    for timetable, expected in ((timetables[F], "1.50"), (dearer, "1.60")):
        found = fares.price(rides, {F: timetable})
        assert found is not None
        assert str(found.amount) == expected


def test_the_note_names_whom_the_price_is_for_and_what_it_needs() -> None:
    fares = JourneyFares()
    v2 = city(
        fare_products="fare_product_id,fare_media_id,amount,currency\nunit,card,1,EUR\n",
        fare_media="fare_media_id,fare_media_name,fare_media_type\ncard,Carte Ici,2\n",
        fare_leg_rules="fare_product_id\nunit\n",
    )
    found = fares.price([ride("r1", "ac")], {F: v2})
    assert found is not None
    assert fare_note(found, "fr") == "Plein tarif, par personne, avec Carte Ici."
    assert fare_note(found, "en") == "Full fare for one person, with Carte Ici."
    shop = city(fare_attributes=HEAD + "aboard,2,EUR,0,0,\nshop,1.80,EUR,1,0,\nday,5,EUR,0,,\n")
    found = fares.price([ride("r1", "ac")], {F: shop})
    assert found is not None
    assert fare_note(found, "fr") == "Plein tarif, par personne, à acheter avant de monter."
    assert fare_note(found, "en") == "Full fare for one person, bought before boarding."
    found = fares.price([ride("r1", "ac", f"{hour}:00") for hour in (10, 11, 12)], {F: shop})
    assert found is not None
    assert fare_note(found, "fr") == "Plein tarif, par personne."


@pytest.mark.parametrize(
    ("name", "routes", "expected"),
    [
        ("poa_eptc", ("2441", "R4"), ["4.7 BRL", "9.4 BRL"]),  # no transfers
        # Two city routes with one ticket; the commuter route 161 and the express 24 have their own.
        ("raba", ("151", "159"), ["2.00 USD", "2.00 USD"]),
        ("raba", ("151", "161"), ["2.00 USD", "6.00 USD"]),
        ("raba", ("24", "161"), ["10.00 USD", "14.00 USD"]),
        ("poa_trensurb", ("1", "1"), [None, None]),
    ],
)
def test_real_fares(
    real_feeds: Path, name: str, routes: tuple[str, str], expected: list[str | None]
) -> None:
    path = real_feeds / f"{name}.zip"
    timetable = read_timetable(path, F, Report(), ArchiveLimits())
    stops = timetable.stop_ids[0:2]
    rides = [FareRide(F, route, tuple(stops), 1_555_000_000, 1_555_000_600) for route in routes]
    assert [amount({F: timetable}, rides[0]), amount({F: timetable}, *rides)] == expected
