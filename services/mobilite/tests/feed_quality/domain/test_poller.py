"""Whether the poller works, by the last poll of each address."""

import pytest

from mobilite.feed_quality.domain.poller import Attempt, poller_is_up

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("attempts", "up"),
    [
        ([], False),
        ([Attempt(NOW - 20, failing=False)], True),
        ([Attempt(NOW - 61, failing=False)], False),
        # One that answers is polled every fifteen seconds: the failing one proves nothing.
        ([Attempt(NOW - 200, failing=True), Attempt(NOW - 20, failing=False)], True),
        ([Attempt(NOW - 20, failing=True), Attempt(NOW - 200, failing=False)], False),
        # All fail: they are polled every five minutes only.
        ([Attempt(NOW - 200, failing=True), Attempt(NOW - 500, failing=True)], True),
        ([Attempt(NOW - 331, failing=True)], False),
    ],
)
def test_the_poller_works_if_an_address_was_polled_in_time(
    attempts: list[Attempt], up: bool
) -> None:
    assert poller_is_up(attempts, now=NOW, interval=15.0) is up
