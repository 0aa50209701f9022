"""What the NeTEx of a feed contains beside its journeys."""

import pytest
from netex_cities import CITIES, document
from netex_reader import NETEX, NetexReader

PROFILE_FRAMES = [
    "NETEX_COMMUN",
    "NETEX_ARRET",
    "NETEX_RESEAU",
    "NETEX_CALENDRIER",
    "NETEX_HORAIRE",
]


@pytest.mark.parametrize("feed_id", CITIES)
def test_a_document_has_the_frames_of_the_profile_and_no_dangling_reference(feed_id: str) -> None:
    netex = NetexReader(document(feed_id))
    frames = [each.get("id") for each in netex.all("GeneralFrame")]
    assert frames == [f"{feed_id}:GeneralFrame:{name}:LOC" for name in PROFILE_FRAMES]
    assert netex.dangling() == []
    identified = [(each.tag, each.get("id")) for each in netex.root.iter() if each.get("id")]
    assert len(identified) == len(set(identified))
    unversioned = [
        each.tag
        for each in netex.root.iter()
        if ((each.get("id") and each.tag != f"{NETEX}Codespace") or each.get("ref"))
        and not (each.get("version") or each.get("versionRef"))
    ]
    # These two refer to what is no object of the document.
    assert set(unversioned) == {f"{NETEX}DefaultCodespaceRef", f"{NETEX}DataLicenceCode"}


def test_the_header_has_the_source_the_licence_and_the_instant() -> None:
    netex = NetexReader(document("nuit"))
    assert netex.root.get("version") == "1.3:FR-NETEX_FRANCE-2.3"
    assert netex.text(netex.root, "PublicationTimestamp") == "2026-02-01T03:04:05+00:00"
    assert netex.text(netex.root, "ParticipantRef") == "Région-Lab"
    (source,) = netex.all("DataSource")
    assert netex.text(source, "Name") == "Réseau"
    assert netex.text(source, "DataLicenceUrl").startswith("https://opendatacommons.org/")
    (operator,) = netex.all("Operator")
    assert netex.text(operator, "Name") == "<Nuit> & Jour"
    assert netex.text(operator, "ContactDetails/Url") == "https://www.example.org/?a=1&b=2"
    (zone,) = netex.all("TimeZone")
    assert zone.text == "Europe/Paris"


def test_ids_hold_what_xml_cannot_and_private_codes_are_those_of_the_platform() -> None:
    netex = NetexReader(document("nuit"))
    quays = {each.get("id"): netex.code(each) for each in netex.all("Quay")}
    assert quays["nuit:Quay:é%25:LOC"] == "nuit:é%"
    assert {each.get("id") for each in netex.all("StopPlace")} == {
        'nuit:StopPlace:g "1" z:LOC',
        "nuit:StopPlace:parc:LOC",
        "nuit:StopPlace:é%25:LOC",
    }


def test_modes_accessibility_and_rules_of_calls() -> None:
    netex = NetexReader(document("nuit"))
    night, coach = netex.all("Line")
    assert netex.text(night, "TransportMode") == "bus"
    assert netex.text(night, "TransportSubmode/BusSubmode") == "nightBus"
    assert netex.text(coach, "TransportMode") == "coach"
    assert netex.text(coach, "TransportSubmode/CoachSubmode") == "regionalCoach"
    places = {netex.code(each): each for each in netex.all("StopPlace")}
    assert netex.text(places["nuit:parc"], "StopPlaceType") == "onstreetBus"
    assert netex.text(places["nuit:parc"], "AccessibilityAssessment/MobilityImpairedAccess") == (
        "false"
    )
    journeys = {netex.code(each): each for each in netex.all("ServiceJourney")}
    access = "AccessibilityAssessment/MobilityImpairedAccess"
    assert [netex.text(journeys[f"nuit:{trip}"], access) for trip in "xyz"] == ["true", "false", ""]
    points = {
        (netex.text(each, "RequestStop"), netex.text(each, "BookingArrangements/BookingMethods"))
        for each in netex.all("StopPointInJourneyPattern")
    }
    assert points == {("", ""), ("true", ""), ("", "callOffice")}
    # A call at a station has its StopPlace and no Quay.
    station = next(
        each
        for each in netex.all("PassengerStopAssignment")
        if netex.code(netex.referred(each, "ScheduledStopPoint")) == 'nuit:g "1" z'
    )
    assert station.find(f"{NETEX}QuayRef") is None


def test_transfers_are_site_connections_but_those_that_are_impossible() -> None:
    netex = NetexReader(document("nuit"))
    walked, free = netex.all("SiteConnection")
    assert netex.text(walked, "WalkTransferDuration/DefaultDuration") == "PT90S"
    assert walked.find(f"{NETEX}To/{NETEX}QuayRef") is not None
    assert free.find(f"{NETEX}To/{NETEX}QuayRef") is None
    assert netex.text(free, "WalkTransferDuration/DefaultDuration") == ""


def test_trips_with_the_same_calls_share_a_pattern() -> None:
    netex = NetexReader(document("tao"))
    trams = [
        each for each in netex.all("ServiceJourney") if netex.code(each) in ("tao:a1", "tao:a2")
    ]
    first, second = (netex.referred(each, "ServiceJourneyPattern") for each in trams)
    assert first is not second  # only the first has a headsign of its own at the station
    assert netex.referred(first, "Route") is netex.referred(second, "Route")
