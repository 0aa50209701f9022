"""What a device installs: the manifest, the offline page, the service worker's version."""

import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from portail.api import service_worker
from portail.api.rendering import make_pages, static_files


async def read(client: aiohttp.ClientSession, address: str, **headers: str) -> tuple[str, Any]:
    async with client.get(address, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text(), answer.headers


def constants(script: str) -> Mapping[str, Any]:
    found = re.findall(r"^const (VERSION|FILES) = (.*);$", script, re.MULTILINE)
    return {name: json.loads(value) for name, value in found}


async def test_the_manifest_has_icons_of_the_sizes_it_states(
    portal: str, client: aiohttp.ClientSession
) -> None:
    text, headers = await read(client, f"{portal}/manifest.webmanifest")
    assert headers["content-type"].startswith("application/manifest+json")
    manifest = json.loads(text)
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert {each["purpose"] for each in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        async with client.get(portal + icon["src"]) as answer:
            assert answer.headers["content-type"] == icon["type"] == "image/png"
            width, height = struct.unpack(">II", (await answer.read())[16:24])
        assert icon["sizes"] == f"{width}x{height}"
    for shortcut in manifest["shortcuts"]:
        await read(client, portal + shortcut["url"])
    english, _ = await read(client, f"{portal}/manifest.webmanifest", **{"accept-language": "en"})
    assert json.loads(english)["lang"] == "en"
    assert json.loads(english)["description"] != manifest["description"]


async def test_every_page_leads_to_the_manifest_and_its_policy_permits_it(
    portal: str, client: aiohttp.ClientSession
) -> None:
    for path in ("/", "/arrets/tao:gare", "/itineraires", "/hors-ligne"):
        page, headers = await read(client, portal + path)
        assert '<link rel="manifest" href="/manifest.webmanifest">' in page
        policy = headers["content-security-policy"]
        assert "manifest-src 'self'" in policy
        assert "worker-src 'self'" in policy


async def test_the_service_worker_stores_exactly_the_files_of_the_offline_page(
    portal: str, client: aiohttp.ClientSession
) -> None:
    script, headers = await read(client, f"{portal}/service-worker.js")
    assert "connect-src 'self'" in headers["content-security-policy"]
    listed = constants(script)["FILES"]
    for language in ("fr", "en"):
        page, _ = await read(client, f"{portal}/hors-ligne", **{"accept-language": language})
        assert sorted(set(re.findall(r'"(/static/[^"]+)"', page))) == listed
    for address in listed:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        await read_bytes(client, portal + address)


async def read_bytes(client: aiohttp.ClientSession, address: str) -> None:
    async with client.get(address) as answer:
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("changed", ["offline-worker.js", "service-worker.js"])
def test_another_script_is_another_version(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = make_pages(static_files())
    before = constants(service_worker.service_worker_script(pages))
    for name in ("offline-worker.js", "service-worker.js"):
        text = (service_worker.FOLDER / name).read_text("utf-8")
        (tmp_path / name).write_text(text + ("\n// other\n" if name == changed else ""), "utf-8")
    monkeypatch.setattr(service_worker, "FOLDER", tmp_path)
    after = constants(service_worker.service_worker_script(pages))
    assert after["FILES"] == before["FILES"]
    assert after["VERSION"] != before["VERSION"]
