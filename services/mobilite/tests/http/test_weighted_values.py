"""Weights of header values (RFC 9110 §12.4.2)."""

import pytest

from mobilite.http.api.weighted_values import parse_weighted


@pytest.mark.parametrize(
    ("weight", "read"),
    [
        ("0", 0.0),
        ("0.", 0.0),
        ("0.5", 0.5),
        ("0.123", 0.123),
        ("1", 1.0),
        ("1.000", 1.0),
        ("1.001", 0.0),
        ("1.9", 0.0),
        ("2", 0.0),
        ("-1", 0.0),
        ("0.1234", 0.0),
        ("", 0.0),
    ],
)
def test_a_weight_is_from_0_to_1_and_an_invalid_one_counts_as_0(weight: str, read: float) -> None:
    assert parse_weighted(f"fr, en;q={weight}") == [("fr", 1.0), ("en", read)]
