"""clients.toml: valid entries, mistakes with their messages, and the reload after a change."""

import json
import os
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from gateway.oauth.adapters.clients_file import ClientsFile, read_clients
from socle.errors import Refusal

PUBLIC = """
[[client]]
id = "carnet"
name = "Carnet"
kind = "public"
redirect_uris = ["https://carnet.example/retour"]
scopes = "openid patient/Observation.read"
"""
BACKEND = """
[[client]]
id = "entrepot"
name = "Entrepôt"
kind = "backend"
scopes = "system/*.rs"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "clients.toml"
    path.write_text(text)
    return path


def test_an_application_is_read_with_its_scopes(tmp_path: Path) -> None:
    client = read_clients(written(tmp_path, PUBLIC))["carnet"]
    assert str(client.scopes) == "openid patient/Observation.rs"
    assert client.token_seconds == 900
    backend = BACKEND + 'jwks_uri = "https://entrepot.example/jwks"\ntoken_seconds = 3600'
    assert read_clients(written(tmp_path, backend))["entrepot"].token_seconds == 3600


def test_a_program_has_the_partner_plan_unless_it_is_given_another(tmp_path: Path) -> None:
    backend = BACKEND + 'jwks_uri = "https://entrepot.example/jwks"\n'
    assert read_clients(written(tmp_path, backend))["entrepot"].plan == "partner"
    other = backend + 'plan = "commercial"'
    assert read_clients(written(tmp_path, other))["entrepot"].plan == "commercial"
    assert read_clients(written(tmp_path, PUBLIC))["carnet"].plan is None


@pytest.mark.parametrize("port", ["1", "8080", "", "65536", "１", "８０８０"])
def test_the_port_of_a_loopback_address_is_written_in_ascii(tmp_path: Path, port: str) -> None:
    loopback = PUBLIC.replace("https://carnet.example/retour", "http://127.0.0.1/retour")
    client = read_clients(written(tmp_path, loopback))["carnet"]
    uri = f"http://127.0.0.1:{port}/retour" if port else "http://127.0.0.1/retour"
    assert client.redirects_to(uri) is port.isascii()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PUBLIC + 'couleur = "bleu"', "couleur : champ inconnu"),
        (PUBLIC + f'sha256 = "{"0" * 64}"', "un client public n'a ni"),
        (PUBLIC.replace("public", "confidential"), "un des trois"),
        (PUBLIC.replace("public", "backend"), "n'a pas de redirect_uris"),
        (PUBLIC.replace("https://carnet", "http://carnet"), "redirect_uris"),
        (PUBLIC.replace("retour", "retour#a"), "redirect_uris"),
        (PUBLIC.replace("https://carnet.example/retour", "javascript:alert(1)"), "redirect_uris"),
        (PUBLIC.replace("https://carnet.example/retour", "https://*.example/"), None),
        (PUBLIC.replace(".read", ".sr"), "patient/Observation.sr est mal écrit"),
        (PUBLIC.replace("openid", "system/Patient.rs"), "pour les clients backend"),
        (PUBLIC + "token_seconds = 86400", "token_seconds"),
        (PUBLIC + 'plan = "royal"', "plan"),
        (PUBLIC + PUBLIC, "id en double : carnet"),
        (BACKEND, "l'un des deux"),
        (BACKEND.replace("system/*.rs", "user/*.rs") + 'jwks = "k.json"', "que des scopes system/"),
        (BACKEND + 'jwks = "absent.json"', "absent.json"),
        (BACKEND + 'jwks_uri = "http://entrepot.example/jwks"', "jwks_uri"),
        ("[[client]", "TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str | None) -> None:
    if named is None:  # a star is a literal character, not a wildcard
        client = read_clients(written(tmp_path, text))["carnet"]
        assert not client.redirects_to("https://evil.example/")
        return
    with pytest.raises(Refusal) as refused:
        read_clients(written(tmp_path, text))
    assert named in refused.value.message


def test_a_private_key_has_no_place_there(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-384").as_dict(private=True) | {"kid": "a"}
    (tmp_path / "k.json").write_text(json.dumps({"keys": [key]}))
    with pytest.raises(Refusal, match="clé privée") as refused:
        read_clients(written(tmp_path, BACKEND + 'jwks = "k.json"'))
    assert str(key["d"]) not in refused.value.message


def test_it_is_read_again_when_it_changes_and_a_mistake_leaves_the_former(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, PUBLIC)
    clients = ClientsFile(path, every=0)

    def changed(text: str) -> None:
        path.write_text(text)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

    changed(PUBLIC.replace('"Carnet"', '"Cahier"') + 'origins = ["https://carnet.example"]')
    found = clients.find("carnet")
    assert found is not None
    assert found.name == "Cahier"
    assert clients.origins() == {"https://carnet.example"}
    changed("[[client]]\nid = 'x'")
    assert clients.find("carnet") == found
    assert "client[1] name" in caplog.text
    path.unlink()
    assert clients.find("carnet") == found
    changed(PUBLIC)
    again = clients.find("carnet")
    assert again is not None
    assert again.name == "Carnet"


def test_without_a_file_there_is_no_application_and_a_bad_one_stops_the_start(
    tmp_path: Path,
) -> None:
    anonymous = ClientsFile(None)
    assert anonymous.find("carnet") is None
    assert anonymous.origins() == frozenset()
    with pytest.raises(Refusal, match="GATEWAY_CLIENTS"):
        ClientsFile(tmp_path / "absent.toml")
