"""The header's timestamp: it never goes back, and it may be wrong in every way."""

from datetime import UTC, datetime, timedelta

import pytest

from mobilite.sources.domain.header_time import HeaderTime, check_header_time
from mobilite.sources.domain.poll_notes import NOTES

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
T = int(NOON.timestamp())


def judged(
    given: int | None, *, last: int | None = None, as_of: datetime | None = None
) -> HeaderTime:
    return check_header_time(given, received=NOON, last_seconds=last, last_as_of=as_of)


def test_the_header_reports_how_old_the_content_is() -> None:
    assert judged(T - 20, last=T - 50) == HeaderTime(T - 20, NOON - timedelta(seconds=20))


def test_an_older_message_is_refused() -> None:
    assert judged(T - 50, last=T - 20).older


def test_a_message_of_the_same_instant_is_taken_and_is_no_younger() -> None:
    before = NOON - timedelta(seconds=40)
    verdict = judged(T + 3600, last=T + 3600, as_of=before)
    assert (verdict.older, verdict.as_of) == (False, before)


def test_a_clock_that_was_moved_back_makes_nothing_younger_than_now() -> None:
    assert judged(T - 20, last=T - 20, as_of=NOON + timedelta(hours=1)).as_of == NOON


def test_an_older_message_is_taken_when_the_last_one_came_from_the_future() -> None:
    verdict = judged(T - 20, last=T + 3600)
    assert (verdict.older, verdict.as_of) == (False, NOON - timedelta(seconds=20))
    assert verdict.notes == ("clock_put_right",)


@pytest.mark.parametrize(
    ("given", "seconds", "as_of", "notes"),
    [
        (None, None, NOON, ["header_without_timestamp"]),
        (0, None, NOON, ["header_without_timestamp"]),
        ((T - 5) * 1000, T - 5, NOON - timedelta(seconds=5), ["header_in_milliseconds"]),
        (T + 3600, T + 3600, NOON, ["header_in_future"]),
        (T + 30, T + 30, NOON, []),
        (2**64 - 1, None, NOON, ["header_absurd"]),
    ],
)
def test_a_wrong_header_is_taken_for_what_it_is_worth(
    given: int | None, seconds: int | None, as_of: datetime, notes: list[str]
) -> None:
    verdict = judged(given)
    assert (verdict.seconds, verdict.as_of, list(verdict.notes)) == (seconds, as_of, notes)
    assert all(note in NOTES for note in notes)
