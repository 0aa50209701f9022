"""The libraries of others among the static files: unchanged, with their licence."""

import hashlib
import tomllib
from importlib.resources import files

import aiohttp

FOLDER = files("portail.api") / "static" / "maplibre"
PACKAGE = tomllib.loads((FOLDER / "package.toml").read_text("utf-8"))


def test_the_files_are_those_of_the_package() -> None:
    found = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in FOLDER.iterdir()
        if each.name != "package.toml"
    }
    assert found == PACKAGE["sha256"]


def test_version_and_licence_are_those_of_the_files() -> None:
    head = (FOLDER / "maplibre-gl.mjs").read_text("utf-8")[:300]
    assert f"/v{PACKAGE['version']}/LICENSE.txt" in head
    assert "3-Clause BSD" in head
    licence = (FOLDER / "LICENSE.txt").read_text("utf-8")
    assert "Copyright (c) 2023, MapLibre contributors" in licence


async def test_the_licence_is_served_with_the_library(
    portal: str, client: aiohttp.ClientSession
) -> None:
    for name, media in (("maplibre-gl.mjs", "text/javascript"), ("LICENSE.txt", "text/plain")):
        async with client.get(f"{portal}/static/maplibre/{name}") as answer:
            assert answer.status == 200
            assert answer.content_type == media
            assert hashlib.sha256(await answer.read()).hexdigest() == PACKAGE["sha256"][name]
    async with client.get(f"{portal}/static/maplibre/package.toml") as answer:
        assert answer.status == 404
