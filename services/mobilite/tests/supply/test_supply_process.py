"""The worker that computes supply: under limits, and never in the role's own process."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cities import timetable_from_text
from supply_city import MARKET_CITY

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.worker_process import ProcessLimits
from mobilite.supply.adapters.supply_process import SupplyProcess
from mobilite.supply.adapters.supply_store import SupplyStore
from mobilite.timetable.adapters.packed_file import PackedFile, write_packed
from socle.errors import Refusal

FEED = FeedId("f")


@pytest.fixture
def packed(tmp_path: Path) -> PackedFile:
    return write_packed(timetable_from_text(MARKET_CITY), tmp_path / "packed")


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[SupplyProcess]:
    made = SupplyProcess(tmp_path / "supply")
    yield made
    await made.close()


async def test_a_timetable_is_computed_in_another_process(
    tmp_path: Path, packed: PackedFile, process: SupplyProcess
) -> None:
    store = SupplyStore(tmp_path / "supply")
    assert not store.holds(packed.sha256)
    await process.compute(FEED, packed.sha256, packed.path)
    assert store.holds(packed.sha256)
    with pytest.raises(Refusal) as refused:
        await process.compute(FEED, packed.sha256, tmp_path / "absent.timetable")
    assert refused.value.category == "unavailable"


async def test_memory_is_bounded_by_the_kernel(tmp_path: Path, packed: PackedFile) -> None:
    small = ProcessLimits(memory_bytes=1 << 20, cpu_seconds=60, seconds=60.0, file_bytes=1 << 30)
    process = SupplyProcess(tmp_path / "supply", small)
    with pytest.raises(Refusal) as refused:
        await process.compute(FEED, packed.sha256, packed.path)
    await process.close()
    assert refused.value.message
    assert not SupplyStore(tmp_path / "supply").holds(packed.sha256)


def test_the_role_loads_neither_pandas_nor_gtfs_kit() -> None:
    code = (
        "import sys, mobilite.wiring.supply as _; "
        "print({'pandas', 'gtfs_kit', 'geopandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
