"""Keycloak's distribution, fetched by a Maven that unpacks a `kc.sh` of the test."""

import os
from pathlib import Path

import pytest

from embedded.java import Java
from embedded.keycloak.runtime import fetch_distribution
from embedded.processes import StartError

_MAVEN = """#!/bin/sh
for option in "$@"; do
    case "$option" in -DoutputDirectory=*) folder="${option#*=}/keycloak/bin" ;; esac
done
mkdir -p "$folder"
printf '#!/bin/sh\\nexit %s\\n' "$KC_STATUS" > "$folder/kc.sh"
"""


@pytest.fixture(autouse=True)
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(_MAVEN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("REGIONLAB_CACHE", str(tmp_path / "cache"))


def test_a_failed_build_is_a_start_error_and_the_next_start_builds_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    java = Java(Path("/usr/bin/java"), "21")
    monkeypatch.setenv("KC_STATUS", "3")
    with pytest.raises(StartError, match="code 3"):
        fetch_distribution(java)
    monkeypatch.setenv("KC_STATUS", "0")
    assert (fetch_distribution(java) / "bin" / "kc.sh").is_file()
