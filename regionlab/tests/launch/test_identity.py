"""Who people are in the demo: what the launcher writes for the issuer and for the gateway."""

import json
import stat
import subprocess
from pathlib import Path

import pytest

from gateway.authentication.adapters.providers_file import read_providers
from regionlab.__main__ import main
from regionlab.launch.account_summary import account_summary
from regionlab.launch.identity import issuer_port, provider_settings, write_issuer_clients
from regionlab.launch.installation import Installation
from regionlab.launch.tokens import ROLES


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, 8123, issuer="http://127.0.0.1:8124")


def test_the_gateway_and_the_issuer_know_each_other(installation: Installation) -> None:
    clients = json.loads(write_issuer_clients(installation).read_text())
    environment = provider_settings(installation)
    providers = {each.id: each for each in read_providers(Path(environment["GATEWAY_PROVIDERS"]))}
    assert set(providers) == set(clients)
    for name, provider in providers.items():
        assert provider.issuer == f"http://127.0.0.1:8124/{name}"
        known = {each["client_id"]: each for each in clients[name]}
        if not provider.supports_login:
            continue
        registered = known[provider.client_id]
        assert registered["redirect_uris"] == [f"http://localhost:8123/auth/callback/{name}"]
        if provider.client_secret is not None:
            assert registered["client_secret"] == provider.client_secret
        else:
            published_keys = {key["kid"] for key in registered["jwks"]["keys"]}
            assert provider.client_keys is not None
            assert published_keys == {key["kid"] for key in provider.client_keys["keys"]}
            assert not any("d" in key for key in registered["jwks"]["keys"])


def test_secrets_are_made_once_and_for_their_owner_alone(installation: Installation) -> None:
    first = (
        json.loads(write_issuer_clients(installation).read_text()),
        provider_settings(installation),
    )
    assert (
        json.loads(write_issuer_clients(installation).read_text()),
        provider_settings(installation),
    ) == first
    assert len(first[1]["GATEWAY_PSEUDONYM_KEY"]) >= 32
    for name in ("gateway/client.secret", "gateway/client-keys.json", "gateway/pseudonyms.key"):
        assert stat.S_IMODE((installation.data / name).stat().st_mode) == 0o600
    for name in ("issuer/tool.secret", "issuer/clients.json"):
        assert stat.S_IMODE((installation.data / name).stat().st_mode) == 0o600


def test_the_issuer_reuses_its_port(installation: Installation) -> None:
    """Its address is a part of everybody's pseudonym."""
    port = issuer_port(installation)
    assert port != installation.port
    assert issuer_port(installation) == port


def test_every_role_has_an_account_in_the_summary(installation: Installation) -> None:
    summary = account_summary(8123, Path(".regionlab"))
    assert "http://localhost:8123/auth/login" in summary
    for name in ("Camille Démo", "Lucie Exemple", "Marc Modèle", "Sacha Témoin"):
        assert name in summary
    assert set(ROLES) == {"professional", "patient", "traveller", "integrator", "coordinator"}


def test_the_summary_ends_with_a_command_that_works(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Copied into a shell, it reads the demo's own folder."""
    data = tmp_path / "l'essai n° 2"
    command = account_summary(8123, data).rpartition(" : ")[2]
    assert subprocess.run(command, shell=True).returncode == 64
    assert f"Aucune démonstration n'a tourné dans {data} :" in capfd.readouterr().err
    # The default folder is not named.
    command = account_summary(8123, Path(".regionlab").resolve()).rpartition(" : ")[2]
    assert command.endswith("/regionlab token --role professional")


def test_a_token_without_a_demo_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--role", "patient", "--data", str(tmp_path)]) == 64
    assert "make demo" in capsys.readouterr().err
    (tmp_path / "issuer").mkdir()
    (tmp_path / "issuer" / "tool.secret").write_text("s")
    (tmp_path / "issuer" / "port").write_text("9")
    assert main(["token", "--role", "patient", "--data", str(tmp_path)]) == 69
    assert "ne tourne pas" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["token", "--role", "roi"])
