"""The form of `/pro` that launches an application, and the list of applications behind it."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from gateway_world import World
from oauth_world import PEOPLE, Platform, of_dossier, start_platform

from gateway.oauth.adapters.clients_file import read_clients
from socle.pages import Visitor

CLIENT = """
[[client]]
id = "courbes"
name = "Courbes"
kind = "public"
redirect_uris = ["https://courbes.example/", "fr.courbes:/retour"]
scopes = "launch patient/*.rs"
"""
LAUNCHED = 'launch_uri = "https://app.courbes.example/launch"\n'
DOCTOR = Visitor.of_account("professional", PEOPLE["docteur"].subject, None).form_tag
DESCRIBED = 'description = "Dessine des courbes."\n'


@pytest.mark.parametrize(
    ("more", "proposed"),
    [("", False), (LAUNCHED, False), (DESCRIBED, False), (LAUNCHED + DESCRIBED, True)],
)
def test_a_described_application_is_proposed(tmp_path: Path, more: str, proposed: bool) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(CLIENT + more)
    client = read_clients(path)["courbes"]
    assert client.is_proposed is proposed
    if proposed:
        origins = ["https://app.courbes.example", "https://courbes.example", "fr.courbes:"]
        assert client.form_actions() == origins
        path.write_text((CLIENT + more).replace('"launch ', '"'))
        assert not read_clients(path)["courbes"].is_proposed


async def test_a_professional_launches_an_application_from_a_page(
    world: World, postgres_url: str, tmp_path: Path
) -> None:
    platform: Platform = await start_platform(world, postgres_url, tmp_path)
    listed = (await platform.get("/auth/v1/applications", "docteur")).json["applications"]
    assert [each["id"] for each in listed if each["proposed"]] == ["dossier"]
    assert listed[1]["form_actions"] == ["https://dossier.example"]
    for person, status in (("alice", 200), (None, 401), ("voyageur", 403)):
        assert (await platform.get("/auth/v1/applications", person)).status == status
    address = "/auth/applications/dossier/launch"
    launched = await platform.post(address, {"patient": "p-7", "session": DOCTOR}, "docteur")
    assert launched.status == 303
    assert urlsplit(launched.headers["location"]).netloc == "dossier.example"
    handle = launched.redirected["launch"]
    # It is of that person alone, and not in the pages of another application.
    requested = of_dossier("launch patient/Observation.rs")
    taken = await platform.authorize("collegue", requested, launch=handle)
    assert taken.redirected["error"] == "invalid_request"
    code = parse_qs(
        urlsplit(
            (
                await platform.consent(
                    "docteur", await platform.authorize("docteur", requested, launch=handle)
                )
            ).headers["location"]
        ).query
    )["code"][0]
    assert (await platform.exchange(code, requested)).json["patient"] == "p-7"


async def test_who_cannot_launch(world: World, postgres_url: str, tmp_path: Path) -> None:
    platform: Platform = await start_platform(world, postgres_url, tmp_path)
    address = "/auth/applications/dossier/launch"
    of_doctor = {"session": DOCTOR}
    form = of_doctor | {"patient": "p-7"}
    refused: list[tuple[str, dict[str, str], str | None, dict[str, str], int]] = [
        (address, form, "alice", {}, 403),
        (address, form, None, {}, 401),
        (address, form, "docteur", {"origin": "https://autre.example"}, 403),
        # The page of one professional under the session of another, and without an account.
        (address, form, "collegue", {}, 409),
        (address, {"patient": "p-7"}, "docteur", {}, 409),
        (address, of_doctor | {"patient": "../p"}, "docteur", {}, 400),
        (address, of_doctor, "docteur", {}, 400),
        ("/auth/applications/carnet/launch", form, "docteur", {}, 404),
        ("/auth/applications/inconnue/launch", form, "docteur", {}, 404),
    ]
    for path, fields, person, headers, status in refused:
        answer = await platform.post(path, fields, person, accept="text/html", **headers)
        assert answer.status == status, (path, fields, person, headers)
