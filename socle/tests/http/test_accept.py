"""Accept headers, as RFC 9110 §12.5.1 has them."""

import pytest

from socle.http import accepted_media, best_quality


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"", {}),
        (b" , ", {}),
        (b"Text/XML", {"text/xml": 1.0}),
        (b"a/b;q=0.5, c/d;level=1;Q=0.25", {"a/b": 0.5, "c/d": 0.25}),
        (b"a/b;q=0, a/b;q=0.3", {"a/b": 0.3}),
        (b"a/b; q=.2, c/d; q = 1.000", {"a/b": 0.2, "c/d": 1.0}),
        (b"a/b;q=nan, c/d;q=1.9, e/f;q=1e3", {"a/b": 1.0, "c/d": 1.0, "e/f": 1.0}),
        (b"\xff/\xff", {"ÿ/ÿ": 1.0}),
    ],
)
def test_qualities(header: bytes, expected: dict[str, float]) -> None:
    assert accepted_media(header) == expected


def test_the_best_of_several_media_types() -> None:
    accepted = accepted_media(b"a/b;q=0.1, c/d;q=0.4")
    assert best_quality(accepted, ("a/b", "c/d", "e/f")) == 0.4
    assert best_quality(accepted, ("e/f",)) is None
