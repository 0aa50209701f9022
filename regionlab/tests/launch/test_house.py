"""The environment that the launcher gives every program."""

from pathlib import Path

import pytest

from regionlab.launch.house import House
from socle.settings import PlatformSettings, load


def platform_settings(tmp_path: Path) -> PlatformSettings:
    environ = House(tmp_path, port=8090, kafka="127.0.0.1:9092").environment()
    return load(PlatformSettings, environ)


def test_every_program_gets_the_keys_of_its_gateway(tmp_path: Path) -> None:
    assert platform_settings(tmp_path).gateway_keys == "http://127.0.0.1:8090/auth/jwks"


def test_caller_verification_can_be_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGIONLAB_GATEWAY_KEYS", "")
    assert platform_settings(tmp_path).gateway_keys is None
