"""The file of hubs that the operator of the platform gives."""

from pathlib import Path

import pytest

from mobilite.places.adapters.hubs_file import read_hubs
from mobilite.places.domain.hubs import DeclaredHub
from socle.errors import Refusal


def test_hubs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "hubs.toml"
    path.write_text('[[hub]]\nid = "gare"\nname = "La gare"\nstops = ["a:1", "b:1"]\n', "utf-8")
    assert read_hubs(path) == (DeclaredHub("gare", ("a:1", "b:1"), "La gare"),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[hub]", "TOML"),
        ('[[hub]]\nid = "a b"\nstops = ["a:1"]', r"hub\[1\] id"),
        ('[[hub]]\nid = "a"\nstops = []', r"hub\[1\] stops"),
        ('[[hub]]\nid = "a"\nstops = ["a:1"]\nnom = "x"', r"hub\[1\] nom"),
        ('[[hub]]\nid = "a"\nstops = ["a:1", "b:1", "a:1"]', "plusieurs fois : a:1"),
    ],
)
def test_a_file_of_hubs_with_a_mistake_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "hubs.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal, match=sentence):
        read_hubs(path)
    with pytest.raises(Refusal, match="lu"):
        read_hubs(tmp_path / "absent.toml")
