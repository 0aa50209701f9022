"""Kafka's class-data archive, written at a stop by a `java` of the test."""

import signal
from pathlib import Path

import pytest
from programs import running

from embedded.kafka.runtime import cache_folder

_JAVA = """#!/bin/sh
case "$*" in
    *-version*) echo 'openjdk version "17.0.1"' >&2; exit 0 ;;
    *StorageTool*) exit 0 ;;
esac
for option in "$@"; do
    case "$option" in -XX:ArchiveClassesAtExit=*) archive="${option#*=}" ;; esac
done
leave() {
    printf classes > "$archive"
    [ "$ENDS" = killed ] && kill -9 $$
    exit 143
}
trap leave TERM
echo "Kafka Server started"
while :; do sleep 0.05; done
"""


@pytest.mark.parametrize(("ends", "archives"), [("killed", []), ("cleanly", ["java-17.0.1.jsa"])])
def test_only_a_complete_archive_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str, archives: list[str]
) -> None:
    program = tmp_path / "java" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(_JAVA)
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(program.parents[1]))
    monkeypatch.setenv("REGIONLAB_CACHE", str(tmp_path / "cache"))
    cache = cache_folder()
    (cache / "jars").mkdir(parents=True)
    with running("kafka", tmp_path / "data", ENDS=ends) as server:
        assert server.end(signal.SIGTERM) == 0
    assert [each.name for each in cache.iterdir() if each.name != "jars"] == archives
