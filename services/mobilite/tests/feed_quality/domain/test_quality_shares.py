"""Shares follow from sums, and stay shares whatever is measured."""

from hypothesis import given
from hypothesis import strategies as st

from mobilite.feed_quality.domain.quality_day import Counts, Measurement, QualityDay
from mobilite.feed_quality.domain.quality_shares import shares_of

PARTS = st.tuples(st.integers(0, 500), st.integers(0, 500))


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    (with_real_time, more), (with_trip, without) = draw(PARTS), draw(PARTS)
    matched, unmatched = draw(PARTS)
    counts = Counts(
        matched, unmatched, with_real_time + more, with_real_time, with_trip + without, with_trip
    )
    has_real_time = draw(st.booleans())
    age = draw(st.none() | st.floats(0, 10_000)) if has_real_time else None
    return Measurement(
        draw(st.floats(1, 45)), has_real_time, age, draw(st.none() | st.just(counts))
    )


@given(st.lists(measurements()), st.lists(st.booleans()))
def test_a_share_is_from_nothing_to_all(several: list[Measurement], failures: list[bool]) -> None:
    day = QualityDay()
    for each in several:
        day = day.with_measurement(each)
    for failed in failures:
        day = day.with_poll(failed=failed)
    shares = shares_of(day)
    found = [
        shares.fresh_60s,
        shares.fresh_300s,
        shares.errors,
        shares.matched_share,
        shares.trips_with_real_time,
        shares.vehicles_with_trip,
    ]
    assert all(each is None or 0.0 <= each <= 1.0 for each in found)
    assert (shares.fresh_60s is None) == (not any(each.has_real_time for each in several))
    assert (shares.fresh_60s or 0.0) <= (shares.fresh_300s or 0.0)
    assert (shares.errors is None) == (not failures)


def test_ages_count_with_the_seconds_that_they_stand_for() -> None:
    day = QualityDay()
    for age, seconds in ((10.0, 30.0), (60.0, 10.0), (61.0, 10.0), (301.0, 25.0), (None, 25.0)):
        day = day.with_measurement(Measurement(seconds, True, age, None))
    shares = shares_of(day)
    assert (day.measured_s, day.measurements) == (100.0, 5)
    assert (shares.fresh_60s, shares.fresh_300s) == (0.4, 0.5)
    assert (shares.matched, shares.under_way) == (None, None)
