"""`regionlab demo` before anything starts: what it refuses, and in which words."""

import fcntl
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from embedded.environment import ENVIRONMENTS
from regionlab.__main__ import main
from regionlab.launch.installation import Installation
from regionlab.launch.services import SERVICES, program_of
from socle.settings import PlatformSettings


def test_one_demo_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4321\n")
        lock.flush()
        assert main(["demo", "--data", str(tmp_path)]) == 64
    output = capsys.readouterr().err
    assert "déjà" in output
    assert "4321" in output
    assert "--data" in output


def test_a_taken_port_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "--data", str(tmp_path / "d"), "--port", str(port)]) == 64
    output = capsys.readouterr().err
    assert str(port) in output
    assert "--port" in output


def test_a_folder_that_cannot_hold_a_demo_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "lock").mkdir(parents=True)
    for folder in (tmp_path / "file", tmp_path / "file" / "under", tmp_path / "taken"):
        assert main(["demo", "--data", str(folder)]) == 64
        output = capsys.readouterr().err
        assert str(folder) in output
        assert "--data" in output


def test_production_and_missing_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["demo", "--data", str(tmp_path / "d"), "--feeds", str(tmp_path / "no.toml")]) == 64
    assert "no.toml n'existe pas" in capsys.readouterr().err
    assert main(["demo", "--data", str(tmp_path / "d"), "--feeds", str(tmp_path)]) == 64
    assert f"{tmp_path} n'est pas un fichier" in capsys.readouterr().err
    monkeypatch.setenv("REGIONLAB_ENV", "production")
    assert main(["demo", "--data", str(tmp_path / "d")]) == 64
    assert "production" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("word", ["prod", "staging", ""])
def test_an_unknown_environment_is_refused_with_the_known_ones(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONLAB_ENV", word)
    assert main(["demo", "--data", str(tmp_path / "d")]) == 64
    assert "development, test ou production" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


def test_the_known_environments_are_those_of_the_services() -> None:
    assert get_args(PlatformSettings.model_fields["env"].annotation) == ENVIRONMENTS


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--port", "0"], "port"),
        (["--port", "70000"], "port"),
        (["--at", "2026-03-02T08:00:00"], "instant"),
        (["--at", "hier"], "instant"),
        (["--at", "0001-01-01T00:00:00Z"], "1991"),
        (["--at", "9999-12-31T23:59:59-14:00"], "2099"),
        (["--speed", "0.5"], "--speed : « 0.5 »"),
        (["--speed", "vite"], "--speed : « vite »"),
        (["--scale", "17"], "taille (1 à 16)"),
        (["--broker", "nats"], "--broker : 'nats' n'est pas proposé"),
        (["--broker", "kafka", "--kafka", "localhost:9092"], "--kafka : ne va pas avec --broker"),
        (["--nothing"], "mots inconnus : --nothing"),
        (["--port"], "--port : une valeur est attendue"),
    ],
)
def test_options_that_mean_nothing_are_usage_errors(
    options: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["demo", *options])
    assert refusal.value.code == 64
    assert word in capsys.readouterr().err


def test_services_get_only_their_own_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("REGIONLAB_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("MOBILITE_POLL_SECONDS", "3")
    installation = Installation(tmp_path, 8080, -86400.5, 20.0, 1.77e9, kafka="127.0.0.1:9092")
    variables = installation.environment()
    assert "REGIONLAB_CACHE" not in variables
    assert variables["REGIONLAB_LOG_LEVEL"] == "DEBUG"
    assert variables["MOBILITE_POLL_SECONDS"] == "3"
    assert float(variables["REGIONLAB_CLOCK_OFFSET"]) == -86400.5
    assert float(variables["REGIONLAB_CLOCK_SPEED"]) == 20
    assert float(variables["REGIONLAB_CLOCK_ANCHOR"]) == 1.77e9
    assert variables["REGIONLAB_KAFKA"] == "127.0.0.1:9092"


def test_only_the_roles_that_use_a_database_get_its_address(tmp_path: Path) -> None:
    installation = Installation(tmp_path, 8080, postgres="postgresql://u:secret@db/any")
    installation.choose_ports(s.program_name(role) for s in SERVICES for role in s.roles)
    variables = {
        (service.name, role): program_of(service, role, installation).env
        for service in SERVICES
        for role in service.roles
    }
    given = {place for place, env in variables.items() if "secret" in str(env)}
    assert given == {
        ("mobilite", "import"),
        ("mobilite", "desk"),
        ("mobilite", "journeys"),
        ("esante", "all"),
        ("pilotes", "api"),
        ("pilotes", "fold"),
        ("gateway", "gateway"),
    }
    assert variables["mobilite", "import"]["MOBILITE_POSTGRES"] == installation.database("mobilite")


def test_the_clock_starts_at_the_given_instant() -> None:
    from regionlab.launch.demo import clock_offset

    at = datetime(2020, 5, 1, 8, tzinfo=UTC)
    started = datetime.now(UTC) + timedelta(seconds=clock_offset(at))
    assert abs(started - at) < timedelta(minutes=1)
    assert clock_offset(None) == 0.0


def test_each_service_has_a_database_under_the_given_server(tmp_path: Path) -> None:
    installation = Installation(
        tmp_path, 8080, postgres="postgresql://u:p%40@db:5433/any?sslmode=require"
    )
    assert (
        installation.database("mobilite")
        == "postgresql://u:p%40@db:5433/regionlab_mobilite?sslmode=require"
    )
