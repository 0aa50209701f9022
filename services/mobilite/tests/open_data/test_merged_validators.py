"""No error of our own: what the published validators report for the merged feeds over HTTP,
compared with what they report for each operator's own.
"""

from datetime import UTC, datetime
from pathlib import Path

from api_client import ConnectApi
from boards import received
from cities import write_zip
from fares import COMPLETE
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from on_demand import FLEX_ONLY
from region import MESSAGES, REMI, TAO, Region, small_region
from validators import errors_of, gtfs_findings, real_time_errors

from mobilite.events import ImportAttempt, TimetableV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import ServingSchedule
from mobilite.open_data.flows.merge_real_time import MessageType
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.timetable.adapters.packed_file import write_packed

ROLES = {
    "tu": MessageType.TRIP_UPDATES,
    "vp": MessageType.VEHICLE_POSITIONS,
    "sa": MessageType.ALERTS,
}
TODAY = "2026-03-02"


async def test_the_merged_feeds_have_no_error_of_our_own(
    tmp_path: Path, connect_api: ConnectApi
) -> None:
    region = small_region(tmp_path)
    await region.made()
    client = await connect_api(region.app())
    for path in ("gtfs.zip", *(f"gtfs-rt/{message_type}.pb" for message_type in MessageType)):
        async with client.get(path) as answer:
            assert answer.status == 200
            (tmp_path / Path(path).name).write_bytes(await answer.read())
    merged = tmp_path / "gtfs.zip"
    assert errors_of(gtfs_findings(merged, tmp_path / "report", on=TODAY)) == set()
    messages = {role: tmp_path / f"{message_type}.pb" for role, message_type in ROLES.items()}
    found = real_time_errors(merged, messages, at=region.city.now)
    # E003 is of 2015: it requires every trip except ADDED ones in the schedule, NEW ones too.
    assert found == {"E003"}
    assert found <= own_errors(tmp_path, region)


def own_errors(folder: Path, region: Region) -> set[str]:
    """The errors of the operator's own message with its own schedule."""
    schedule = write_zip(folder / "tao.zip", TAO)
    header = f'header {{ gtfs_realtime_version: "2.0" timestamp: {at(region)} }}'
    message = text_format.Parse(f"{header} {MESSAGES}", gtfs_rt.FeedMessage())
    content = folder / "said.pb"
    content.write_bytes(message.SerializeToString())
    return real_time_errors(schedule, {"rt": content}, at=region.city.now)


def at(region: Region) -> int:
    """The region's instant, POSIX seconds."""
    return int(region.city.now.timestamp())


def test_the_sources_themselves_are_sound(tmp_path: Path) -> None:
    for name, files in (("tao", TAO), ("remi", REMI)):
        source = write_zip(tmp_path / f"{name}.zip", files)
        assert errors_of(gtfs_findings(source, tmp_path / name, on=TODAY)) == set()


async def test_a_real_operator_gets_no_new_error(real_feeds: Path, tmp_path: Path) -> None:
    """Redding, 8 June 2025: its schedule has errors of its own, and so has its message."""
    source, content = real_feeds / "raba.zip", real_feeds / "raba-trip-updates.pb"
    feed_id = FeedId("raba")
    message = gtfs_rt.FeedMessage.FromString(content.read_bytes())
    now = datetime.fromtimestamp(message.header.timestamp, UTC)
    region = Region(tmp_path, now=now)
    timetable = read_timetable(source, feed_id, Report(), ArchiveLimits())
    attempt = ImportAttempt(at=now, outcome="imported")
    facts = TimetableV1(feed_id=feed_id, name="RABA", last_attempt=attempt)
    region.city.live.follow_timetables([received(facts.key(), facts, now)])
    region.city.live.install(ServingSchedule(timetable))
    region.serving[feed_id] = write_packed(timetable, tmp_path).sha256
    region.city.receive(message, feed_id)
    merged = await region.made()
    found = errors_of(gtfs_findings(merged, tmp_path / "merged", on="2025-06-08"))
    # Some trips are five metres longer than their shapes, in raba.zip too.
    assert found == {"trip_distance_exceeds_shape_distance"}
    result = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert result.sent == {feed_id: 9}
    (tmp_path / "tu.pb").write_bytes(result.protobuf)
    found = real_time_errors(merged, {"tu": tmp_path / "tu.pb"}, at=now, shapes=False)
    assert found <= real_time_errors(source, {"tu": content}, at=now, shapes=False)


async def test_fares_zones_and_flex_trips_get_no_new_error(tmp_path: Path) -> None:
    region = Region(tmp_path)
    for feed_id, files in (("f", COMPLETE), ("g", FLEX_ONLY), ("tao", TAO)):
        region.add(feed_id, files)
        source = write_zip(tmp_path / f"{feed_id}.zip", files)
        assert errors_of(gtfs_findings(source, tmp_path / feed_id, on=TODAY)) == set()
    merged = await region.made()
    assert errors_of(gtfs_findings(merged, tmp_path / "report", on=TODAY)) == set()
