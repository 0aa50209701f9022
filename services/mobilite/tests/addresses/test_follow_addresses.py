"""A file becomes addresses in service; a changed one replaces it, unless it is broken."""

import asyncio
from pathlib import Path

import pytest
from ban_files import ban_text, line, lines
from osm_extracts import write_extract

from mobilite.addresses.adapters.address_store import address_store
from mobilite.addresses.flows.live_addresses import LiveAddresses, find_address
from mobilite.machine.flows.follow_file import follow_file
from socle.errors import Refusal
from socle.testing import until


async def test_a_file_is_served_and_replaced_unless_it_is_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source, folder = tmp_path / "ban.csv", tmp_path / "addresses"
    store, live = address_store(folder, of_extract=False), LiveAddresses()

    # Reads `live` when it is called.
    def found(text: str) -> list[str]:
        current = live.current
        several = () if current is None else current.search(text, limit=5).addresses
        return [each.id for each in several]

    following = asyncio.create_task(
        follow_file((source,), store=store, serve=live.serve, interval=0.02)
    )
    try:
        await until(lambda: "ne peut pas être lu" in caplog.text)
        source.write_text(ban_text(lines()), "utf-8")
        await until(lambda: found("30 rue gambetta blois") == ["address:41018_0870:30"])
        source.write_bytes(ban_text(lines()).encode()[:50])
        await until(lambda: "colonnes attendues" in caplog.text)
        assert found("30 rue gambetta blois")
        source.write_text(ban_text([line("Rue Neuve", "1")]), "utf-8")
        await until(lambda: found("1 rue neuve") == ["address:41018_0001:1"])
        assert not found("30 rue gambetta blois")
    finally:
        following.cancel()
        await asyncio.wait((following,))
        await store.close()
    assert len(list(folder.iterdir())) == 1
    # The next start, with a file that is broken meanwhile.
    source.write_bytes(b"<html>")
    live = LiveAddresses()
    following = asyncio.create_task(follow_file((source,), store=store, serve=live.serve))
    try:
        await until(lambda: found("1 rue neuve") == ["address:41018_0001:1"])
    finally:
        following.cancel()
        await asyncio.wait((following,))
        await store.close()


async def test_an_extract_is_packed_with_its_communes(tmp_path: Path) -> None:
    way = ((1, 2), {"highway": "residential", "name": "Rue du Port"})
    extract = write_extract(tmp_path / "a.osm.pbf", {1: (47.58, 1.33), 2: (47.59, 1.33)}, [way])
    communes = tmp_path / "communes.csv"
    communes.write_text("code_insee;nom;code_postal;lat;lon\n41018;Blois;41000;47.58;1.33\n")
    store = address_store(tmp_path / "addresses", of_extract=True)
    try:
        index = await store.obtain((extract, communes))
    finally:
        await store.close()
    (street,) = index.search("rue du port", limit=5).addresses
    assert street.name == "Rue du Port, 41000 Blois"


def test_an_address_waits_for_the_file(tmp_path: Path) -> None:
    live = LiveAddresses()
    assert find_address(live, "address:41018_0870:30") is None
    live.configured = True
    assert find_address(live, "commune:41018") is None
    with pytest.raises(Refusal) as refused:
        find_address(live, "address:41018_0870:30")
    assert refused.value.category == "unavailable"
