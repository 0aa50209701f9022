"""An extract becomes a mapped graph once; a changed file becomes another one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from osm_extracts import write_extract

from mobilite.machine.adapters.packed_store import PackedStore
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.adapters.street_store import street_store
from mobilite.streets.domain.build import build_graph
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.flows.follow_streets import follow_streets
from socle.errors import Refusal
from socle.testing import until

Store = PackedStore[StreetGraph]

NODES = {number: (47.9, 1.9 + number / 1_000) for number in range(1, 7)}
PATH = {"highway": "path"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = street_store(tmp_path / "streets")
    yield store
    await store.close()


@asynccontextmanager
async def following(extract: Path, store: Store) -> AsyncIterator[list[StreetGraph]]:
    served: list[StreetGraph] = []
    task = asyncio.create_task(
        follow_streets(extract, store=store, serve=served.append, interval=0.02)
    )
    try:
        yield served
    finally:
        task.cancel()
        await asyncio.wait((task,))
    assert task.cancelled()


async def test_an_extract_is_packed_served_and_replaced(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    extract = tmp_path / "town.osm.pbf"
    async with following(extract, store) as served:
        await until(lambda: "ne peut pas être lu" in caplog.text)
        write_extract(extract, NODES, [((1, 2, 3), PATH)])
        await until(lambda: len(served) == 1)
        extract.write_bytes(b"<html>")
        await until(lambda: "n'est pas un extrait" in caplog.text)
        write_extract(extract, NODES, [((1, 2, 3), PATH), ((3, 4), PATH)])
        await until(lambda: len(served) == 2)
    assert [len(graph.edge_from) for graph in served] == [1, 2]
    for mapped, built in zip(served[1], build_graph(read_extract(extract)), strict=True):
        np.testing.assert_array_equal(mapped, built)
        assert mapped.dtype == built.dtype
    assert len(list((tmp_path / "streets").iterdir())) == 1


async def test_a_packed_extract_is_not_read_again(tmp_path: Path, store: Store) -> None:
    extract = write_extract(tmp_path / "town.osm.pbf", NODES, [((1, 2), PATH)])
    await store.obtain((extract,))
    (packed,) = (tmp_path / "streets").iterdir()
    written = packed.stat().st_mtime_ns
    await store.obtain((extract,))
    assert packed.stat().st_mtime_ns == written
    packed.write_bytes(packed.read_bytes()[:100])
    graph = await store.obtain((extract,))
    assert len(graph.edge_from) == 1


async def test_an_absent_extract_is_refused(tmp_path: Path, store: Store) -> None:
    with pytest.raises(Refusal) as refused:
        await store.obtain((tmp_path / "absent.osm.pbf",))
    assert refused.value.details["code"] == "unreadable"
