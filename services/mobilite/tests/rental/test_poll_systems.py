"""Rental systems: only changes are published, each file fails alone, old data ages."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rental_towns import NOW, Folder, town
from rentals import Rentals

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1
from mobilite.rental.domain.poll_intervals import metadata_interval, stale_after, status_interval
from mobilite.rental.flows.list_rental import list_systems
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.ports import Body, Source
from socle.events import Event, Tombstone


def keys(items: list[Event | Tombstone]) -> list[str]:
    return [item.key if isinstance(item, Tombstone) else item.key() for item in items]


def of(result: list[Event | Tombstone], *variants: type[Event]) -> list[Event | Tombstone]:
    return [
        item
        for item in result
        if (item.event_type if isinstance(item, Tombstone) else type(item)) in variants
    ]


async def test_a_town_is_reported_complete_then_by_its_changes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("3.0"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.system().pricing_plans) == 1)
        assert set(rentals.stations) == {"ville:gare", "ville:parc"}
        assert set(rentals.vehicles) == {"ville:a1", "ville:a2", "ville:a3"}
        system = rentals.system()
        assert system.error is None
        assert system.notes == ()
        assert system.stations is not None
        assert (system.stations.count, system.stations.as_of) == (2, NOW)
        del rentals.result[:]
        stations = folder.files["station_status"]["data"]["stations"]
        stations[0]["num_vehicles_available"] = 6
        stations[1]["last_reported"] = "2026-03-02T08:01:00Z"  # alone: nobody needs to know
        del folder.files["vehicle_status"]["data"]["vehicles"][1]
        folder.later(60)
        rentals.clock.instant = NOW + timedelta(seconds=61)
        folder.write("station_status", "vehicle_status")
        await rentals.becomes(
            lambda: (
                len(rentals.vehicles) == 2
                and rentals.system().stations
                == system.stations.model_copy(update={"as_of": NOW + timedelta(seconds=60)})
            )
        )
    rows = of(rentals.result, RentalStationV1, RentalVehicleV1)
    assert sorted(keys(rows)) == ["ville:a2", "ville:gare"]


async def test_versions_of_one_town_report_the_same(tmp_path: Path) -> None:
    result = []
    for version in ("2.3", "3.0"):
        rentals = Rentals(Folder(tmp_path / version, town(version)).feed())
        async with rentals.polled():
            await rentals.becomes(lambda r=rentals: r.system().alerts and r.system().pricing_plans)
        system = rentals.system().model_copy(update={"version": None, "address": ""})
        result.append((rentals.stations, rentals.vehicles, system))
    assert result[0] == result[1]


async def test_a_failing_file_grows_old_alone_and_reports_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("2.3"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().vehicles is not None)
        rentals.clock.instant = NOW + timedelta(seconds=301)
        folder.later(301)
        folder.write("free_bike_status")
        folder.install("station_status", b"<html>503</html>")
        await rentals.becomes(
            lambda: (
                rentals.system().error is not None
                and rentals.system().vehicles.as_of == rentals.clock.instant
            )
        )
        system = rentals.system()
        assert system.error is not None
        assert (system.error.code, system.error.since) == ("html", rentals.clock.instant)
        assert system.error.message.startswith("station_status : ")
        (report,) = list_systems(rentals.live().state, now=rentals.clock.instant)
        assert report.stations is not None
        assert report.vehicles is not None
        assert (report.stations.state, report.stations.seconds) == ("stale", 301)
        assert (report.vehicles.state, report.state) == ("fresh", "stale")
        assert len(rentals.stations) == 2
        folder.write("station_status")
        await rentals.becomes(lambda: rentals.system().error is None)


async def test_a_file_that_goes_back_in_time_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("3.0"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().stations is not None)
        folder.files["station_status"]["data"]["stations"][0]["num_vehicles_available"] = 1
        folder.later(-60)
        folder.write("station_status")
        await rentals.becomes(lambda: rentals.system().error is not None)
    error = rentals.system().error
    assert error is not None
    assert error.code == "older"
    status = rentals.stations["ville:gare"].status
    assert status is not None
    assert status.vehicles_available == 7


async def test_what_does_not_fit_together_is_reported(tmp_path: Path) -> None:
    files = town("2.3")
    files["station_status"]["data"]["stations"][1]["station_id"] = "lac"
    files["free_bike_status"]["data"]["bikes"] += [
        {"bike_id": "b", "station_id": "lac"},
        {"bike_id": "c", "lat": 47.9, "lon": 1.9, "vehicle_type_id": "fusée"},
    ]
    rentals = Rentals(Folder(tmp_path / "v", files).feed())
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().vehicles is not None)
    assert {note.code: note.count for note in rentals.system().notes} == {
        "station_without_status": 1,
        "status_without_station": 1,
        "vehicle_at_unknown_station": 1,
        "type_unknown": 1,
    }
    assert rentals.stations["ville:parc"].status is None
    assert set(rentals.vehicles) == {"ville:a1", "ville:a2", "ville:a3", "ville:c"}


async def test_stations_are_reported_though_their_status_cannot_be_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("2.3"))
    folder.install("station_status", b"{")
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.stations) == 2)
        assert {row.status for row in rentals.stations.values()} == {None}


async def test_a_restart_goes_on_from_the_tables(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("2.3"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().pricing_plans and rentals.system().alerts)
    before, known = dict(rentals.tables), rentals.system()
    # The operator is unavailable: no data is lost, and the system reports why it ages.
    folder.install("gbfs", b"")
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().error is not None)
    assert rentals.system().stations == known.stations
    assert rentals.system().vehicle_types == known.vehicle_types
    assert len(rentals.tables) == len(before)
    # Back, with one station less: only that change is published.
    folder.write("gbfs")
    del folder.files["station_information"]["data"]["stations"][1]
    folder.write("station_information")
    del rentals.result[:]
    async with rentals.polled():
        await rentals.becomes(lambda: rentals.system().error is None)
        await rentals.becomes(lambda: set(rentals.stations) == {"ville:gare"})
    assert keys(of(rentals.result, RentalStationV1, RentalVehicleV1)) == ["ville:parc"]


async def test_what_is_no_longer_declared_is_deleted(tmp_path: Path) -> None:
    one = Folder(tmp_path / "1", town("2.3")).feed("un")
    two = Folder(tmp_path / "2", town("3.0")).feed("deux")
    rentals = Rentals(one, two)
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.of(RentalSystemV1)) == 2)
        rentals.feeds = (two,)
        await rentals.becomes(lambda: set(rentals.of(RentalSystemV1)) == {"deux"})
        assert {row.feed_id for row in rentals.stations.values()} == {"deux"}
        rentals.feeds = (replace(two, gbfs=None),)
        await rentals.becomes(lambda: rentals.tables == {})


async def test_gbfs_json_can_list_other_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("3.0"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.vehicles) == 3)
        feeds = folder.files["gbfs"]["data"]["feeds"]
        folder.files["gbfs"]["data"]["feeds"] = [
            each for each in feeds if each["name"] != "vehicle_status"
        ]
        folder.write("gbfs")
        await rentals.becomes(lambda: rentals.vehicles == {} and rentals.system().vehicles is None)
        assert len(rentals.stations) == 2


async def test_an_absent_broker_is_waited_for(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("3.0"))
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.vehicles) == 3)
        rentals.away = True
        folder.files["vehicle_status"]["data"]["vehicles"].pop()
        folder.later(1)
        folder.write("vehicle_status")
        await rentals.clock.sleep(1.2)
        rentals.away = False
        await rentals.becomes(lambda: len(rentals.vehicles) == 2)


async def test_ids_drawn_anew_at_each_reading_are_reported_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v", town("3.0"))
    data = folder.files["vehicle_status"]["data"]
    one = data["vehicles"][0]
    data["vehicles"] = [{**one, "vehicle_id": f"a{n}"} for n in range(30)]
    folder.write("vehicle_status")
    rentals = Rentals(folder.feed())
    async with rentals.polled():
        await rentals.becomes(lambda: len(rentals.vehicles) == 30)
        await rentals.becomes(lambda: rentals.system().notes == ())
        data["vehicles"] = [{**one, "vehicle_id": f"b{n}"} for n in range(30)]
        folder.later(60)
        rentals.clock.instant = NOW + timedelta(seconds=61)
        folder.write("vehicle_status")
        await rentals.becomes(
            lambda: [note.code for note in rentals.system().notes] == ["ids_unstable"]
        )
        assert set(rentals.vehicles) == {f"ville:b{n}" for n in range(30)}


class Breaking(FileSource):
    """A programming error triggered by one file."""

    async def read(self, known: str | None) -> Body | None:
        raise ZeroDivisionError


async def test_a_mistake_one_system_brings_out_stops_no_other(tmp_path: Path) -> None:
    one = Folder(tmp_path / "1", town("2.3")).feed("un")
    two = Folder(tmp_path / "2", town("3.0")).feed("deux")
    rentals = Rentals(one, two)

    def open_source(address: str, *, declared: str) -> Source:
        variant = Breaking if "/1/station_status" in address else FileSource
        return variant(address, clock=rentals.clock, max_bytes=2**20)

    async with rentals.polled(open_source):
        await rentals.becomes(lambda: len(rentals.of(RentalSystemV1)) == 2)
        assert len(rentals.stations) == 4
        error = rentals.system("un").error
        assert error is not None
        assert error.code == "internal"
        assert rentals.system("deux").error is None


def test_how_often_files_are_read_follows_their_ttl_within_reason() -> None:
    assert [status_interval(ttl, 15) for ttl in (0, 60, 86_400)] == [15, 60, 300]
    assert [metadata_interval(ttl, 15) for ttl in (0, 300, 10**9)] == [60, 300, 3600]
    assert [stale_after(ttl) for ttl in (0, 60, 200, 10**9)] == [300, 300, 600, 900]
