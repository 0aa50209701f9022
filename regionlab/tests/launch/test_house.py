"""What the launcher tells every program of a house."""

from pathlib import Path

import pytest

from regionlab.launch.house import House
from socle.settings import PlatformSettings, load


def told(tmp_path: Path) -> PlatformSettings:
    environ = House(tmp_path, port=8090, kafka="127.0.0.1:9092").environment()
    return load(PlatformSettings, environ)


def test_every_program_is_told_the_keys_of_the_houses_own_gateway(tmp_path: Path) -> None:
    assert told(tmp_path).gateway_keys == "http://127.0.0.1:8090/auth/jwks"


def test_a_caller_may_say_that_nobody_is_asked_for_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONLAB_GATEWAY_KEYS", "")
    assert told(tmp_path).gateway_keys is None
