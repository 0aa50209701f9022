"""The cache of open records: until a period begins or ends, and within its memory."""

from datetime import UTC, datetime, timedelta

from esante.access.adapters.record_cache import CachedRecords, RecordCache
from esante.access.domain.open_records import OpenRecords

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def cached(size: int = 0, until: datetime | None = None) -> CachedRecords:
    return CachedRecords(OpenRecords(1), 1, NOW, until, size)


def test_records_are_cached_until_a_period_begins_or_ends() -> None:
    cache, always, hour = RecordCache(10_000), cached(), cached(until=NOW + HOUR)
    cache.store(("a",), always)
    cache.store(("b",), hour)
    assert cache.find(("a",), NOW + 999 * HOUR) is always
    assert cache.find(("a",), NOW - HOUR) is None  # a clock that was set back
    assert cache.find(("b",), NOW + HOUR - timedelta(microseconds=1)) is hour
    assert cache.find(("b",), NOW + HOUR) is None


def test_the_least_recently_used_are_left_out() -> None:
    cache = RecordCache(10_000)
    for each in "abcd":  # each takes 2,500
        cache.store((each,), cached(500))
    assert cache.find(("a",), NOW) is not None
    cache.store(("e",), cached(500))
    cache.store(("e",), cached(400))  # replaced, and not counted twice
    assert [each for each in "abcde" if cache.find((each,), NOW)] == ["a", "c", "d", "e"]
    cache.store(("f",), cached(20_000))
    assert [each for each in "abcdef" if cache.find((each,), NOW)] == []
