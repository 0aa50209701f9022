"""Names of things: never prefixed twice, and always read back as they were."""

from cities import LINE, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.gtfs.domain.ids import FeedId, global_id, local_id, split_global_id

FEED = FeedId("tao")


@given(st.text(min_size=1))
def test_a_prefix_is_never_put_twice(text: str) -> None:
    once = global_id(FEED, local_id(FEED, text))
    assert split_global_id(once) == (FEED, local_id(FEED, text))
    assert global_id(FEED, local_id(FEED, once)) == once


def test_a_feed_named_by_a_merger_is_known_by_its_own_ids() -> None:
    merged = {
        name: text.replace("s1,", "tao:s1,").replace("\nt,", "\ntao:t,").replace(",t,", ",tao:t,")
        for name, text in LINE.items()
    }
    timetable = timetable_from_text(merged, "tao")
    plain = timetable_from_text(LINE, "tao")
    assert list(timetable.stop_ids) == list(plain.stop_ids) == ["s1", "s2", "s3", "s4"]
    assert list(timetable.trip_ids) == list(plain.trip_ids) == ["t"]
    assert timetable.call_stop.tolist() == plain.call_stop.tolist()
