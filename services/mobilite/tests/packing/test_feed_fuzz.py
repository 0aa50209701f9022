"""Any feed is packed and republished, or refused with a sentence; the process never crashes."""

import tempfile
from pathlib import Path

import pytest
from cities import write_zip
from fares import COMPLETE
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.adapters.merged_gtfs import write_merged
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import pack_feed
from mobilite.timetable.adapters.packed_file import open_packed
from socle.errors import Refusal
from socle.testing import sized

LIMITS = ArchiveLimits(file_bytes=1 << 20, total_bytes=4 << 20)
CITY = {
    **COMPLETE,
    "calendar_dates.txt": "service_id,date,exception_type\ndaily,20260501,2\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt,08:00:00,09:00:00,600\n",
    "transfers.txt": "from_stop_id,to_stop_id,transfer_type\ns1,s2,2\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
    "w,47.9,1.9,1,\nw,47.93,1.9,2,\n",
    "pathways.txt": "pathway_id,from_stop_id,to_stop_id,pathway_mode\np,s1,s2,1\n",
    "feed_info.txt": "feed_publisher_name,feed_version\nRégion,1\n",
}
ODD_CELLS = """\
| |x|-1|0|1e9|1e400|nan|99:99:99|08:00:00|-08:00:00|t|s1|daily|20260101|99991231|00000000|é|"|\
\ufeff|\x00|2147483648|4.5"""
CELLS = st.sampled_from(ODD_CELLS.split("|")) | st.text(max_size=4)


def accepted(path: Path, folder: Path) -> bool:
    """Pack and republish, or see a refusal that a person can read."""
    try:
        version = pack_feed(path, FeedId("f"), folder, LIMITS)
    except Refusal as refused:
        problem, code = refused.message, refused.details["code"]
    else:
        timetable = open_packed(folder / f"{version.sha256}.timetable")
        assert (timetable.call_departure >= timetable.call_arrival).all()
        write_merged(
            [MergedFeed(FeedId("f"), version.sha256, "F")],
            folder,
            folder / "merged.zip",
            version="1",
            publisher=("Région", "https://region.example"),
        )
        return True
    assert problem.endswith(".")
    assert code
    return False


@pytest.mark.deep
@settings(max_examples=sized(40, deep=400), deadline=None)
@given(data=st.data())
def test_any_cell_can_hold_anything(data: st.DataObject) -> None:
    files = dict(CITY)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(files)))
        lines = [line.split(",") for line in files[name].splitlines()] or [[""]]
        row = data.draw(st.integers(0, len(lines) - 1))
        column = data.draw(st.integers(0, len(lines[row]) - 1))
        lines[row][column] = data.draw(CELLS)
        files[name] = "".join(",".join(line) + "\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        accepted(write_zip(Path(folder) / "gtfs.zip", files), Path(folder) / "shelf")


@pytest.mark.deep
@settings(max_examples=sized(40, deep=400), deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
    retained=st.floats(0.01, 1),
)
def test_any_byte_of_the_zip_can_be_wrong(
    changes: list[tuple[float, int]], retained: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(Path(folder) / "gtfs.zip", CITY)
        content = bytearray(path.read_bytes())
        for place, value in changes:
            content[int(place * (len(content) - 1))] = value
        path.write_bytes(content[: max(1, int(retained * len(content)))])
        accepted(path, Path(folder) / "shelf")


def test_the_city_itself_is_accepted(tmp_path: Path) -> None:
    assert accepted(write_zip(tmp_path / "gtfs.zip", CITY), tmp_path / "shelf")
