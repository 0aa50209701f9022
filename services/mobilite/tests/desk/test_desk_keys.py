"""Who gets in at the desk, and for which feeds."""

import hashlib
from pathlib import Path

import pytest

from mobilite.desk.adapters.desk_keys import DeskKeys
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal


def table(key: str, *feeds: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f'[[key]]\nname = "{key} name"\nfeeds = {list(feeds)}\nsha256 = "{digest}"\n'


def keys(path: Path) -> DeskKeys:
    return DeskKeys(path, lambda: [FeedId("tao"), FeedId("remi")])


def test_a_key_is_known_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(table("one", "tao") + table("two", "remi", "azalys"))
    found = keys(path).find("two")
    assert found is not None
    assert (found.name, found.feeds) == ("two name", {"remi", "azalys"})
    for stranger in ("", "three", "ONE", hashlib.sha256(b"one").hexdigest(), "\ud800"):
        assert keys(path).find(stranger) is None


def test_a_key_for_every_feed_is_for_those_declared(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(table("one", "*"))
    found = keys(path).find("one")
    assert found is not None
    assert found.feeds == {"tao", "remi"}


def test_the_file_is_read_again_and_a_broken_one_lets_no_one_in(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(table("one", "tao"))
    known = keys(path)
    assert known.find("one")
    path.write_text(table("two", "tao") + "# a new one, the former is gone\n")
    assert known.find("two")
    assert known.find("one") is None
    path.write_text("[[key]]\nname = 'A'\nfeeds = ['tao']\nsha256 = 'secret-looking'\n")
    assert known.find("two") is None
    assert "key[1] sha256 : la forme attendue est" in (known.why_not() or "")
    assert "secret-looking" not in (known.why_not() or "")
    path.write_text(table("three", "tao"))
    assert known.find("three")
    assert known.why_not() is None


@pytest.mark.parametrize("text", ["key = 1", "[[key]", '[[key]]\nname = "a"\nfeeds = []\n'])
def test_a_file_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "desk.toml"
    with pytest.raises(Refusal):
        keys(path)
    path.write_text(text)
    with pytest.raises(Refusal):
        keys(path)
