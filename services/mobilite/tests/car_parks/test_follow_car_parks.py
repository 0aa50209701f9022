"""The file of car parks is read again when it changes; a broken one leaves those known before."""

import asyncio
from pathlib import Path

import pytest

from mobilite.car_parks.adapters.car_park_source import CarParkSource
from mobilite.car_parks.domain.car_park import CarParks
from mobilite.machine.flows.follow_file import follow_file
from socle.testing import until

HEADER = "id;nom;insee;Xlong;Ylat\n"


async def test_a_file_is_used_and_replaced_unless_it_is_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source, served = tmp_path / "parks.csv", list[list[str]]()

    async def serve(parks: CarParks) -> None:
        served.append([park.name for park in parks])

    following = asyncio.create_task(
        follow_file((source,), store=CarParkSource(), serve=serve, interval=0.02)
    )
    try:
        await until(lambda: "ne peut pas être lu" in caplog.text)
        lines = "1;P+R Nord;45234;1.9;47.9\n;P+R;45234;1.9;47.9\n"
        others = "".join(f"{i};Halles {i};45234;1.9;47.9\n" for i in range(2, 20))
        source.write_text(HEADER + lines + others, "utf-8")
        await until(lambda: served == [["P+R Nord"]])
        assert "1 sans identifiant (ligne 3)" in caplog.text
        source.write_bytes(b"<html>")
        await until(lambda: "colonnes attendues" in caplog.text)
        source.write_text(HEADER + "1;P+R Sud;45234;1.9;47.9\n", "utf-8")
        await until(lambda: served[1:] == [["P+R Sud"]])
    finally:
        following.cancel()
        await asyncio.wait((following,))
