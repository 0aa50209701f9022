"""feeds.toml is read completely, and all its errors are reported together."""

from pathlib import Path

import pytest

from mobilite.feeds.adapters.feeds_file import read_feeds
from mobilite.feeds.domain.feed import Feed
from socle.errors import Refusal


def written(folder: Path, text: str) -> Path:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_those_of_the_files_own_folder(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [[feed]]
        id = "tao"
        name = "TAO Orléans"
        gtfs = "tao/gtfs.zip"
        gtfs_rt = ["https://example.org/rt.pb?key=1", "rt/../rt.pb", "/abs/rt.pb"]
        licence = "etalab-2.0"
        """,
    )
    (feed,) = read_feeds(path)
    assert feed == Feed(
        id=feed.id,
        name="TAO Orléans",
        gtfs=str(tmp_path / "tao/gtfs.zip"),
        gtfs_rt=(
            "https://example.org/rt.pb?key=1",
            str(tmp_path / "rt/../rt.pb"),
            "/abs/rt.pb",
        ),
        licence="etalab-2.0",
    )


def test_an_empty_file_declares_no_feed(tmp_path: Path) -> None:
    assert read_feeds(written(tmp_path, "")) == ()


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[[feed]]\nid = "a:b"\ngtfs = " "\nname = "A"\ngtfs_tr = ["x"]\n[[feed]]\n'
    )
    with pytest.raises(Refusal) as refused:
        read_feeds(path)
    message = refused.value.message
    for piece in (
        "feed[1] id : des lettres sans accent, des chiffres, « . »",
        "feed[1] gtfs : au moins 1 caractère(s)",
        "feed[1] gtfs_tr : champ inconnu",
        "feed[2] name : valeur obligatoire absente",
    ):
        assert piece in message


@pytest.mark.parametrize("key", ["name", "gtfs", "licence"])
def test_what_no_database_and_no_disk_could_name_is_refused(tmp_path: Path, key: str) -> None:
    keys = {"id": "a", "name": "A", "gtfs": "x", key: "a\\u0000b"}
    text = "[[feed]]\n" + "".join(f'{name} = "{value}"\n' for name, value in keys.items())
    with pytest.raises(Refusal, match=f"{key} : un caractère de contrôle"):
        read_feeds(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "category", "piece"),
    [
        ("[[feed", "invalid", "TOML"),
        ('[[feed]]\nid="a"\nname="A"\ngtfs="a"\n' * 2, "invalid", "plusieurs fois : a"),
        ('[[feed]]\nid="hub"\nname="A"\ngtfs="a"\n', "invalid", "réservé : hub"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, category: str, piece: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_feeds(written(tmp_path, text))
    assert (refused.value.category, piece in refused.value.message) == (category, True)


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_feeds(tmp_path / "none.toml")
    assert refused.value.category == "unavailable"
