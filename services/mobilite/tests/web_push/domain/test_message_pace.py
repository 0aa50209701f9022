"""How often a browser is sent messages: a few at once, then one in five minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.web_push.domain.message_pace import MessagePace


def test_four_messages_are_sent_at_once_and_one_each_five_minutes_from_then_on() -> None:
    pace, now, sent = MessagePace(), 1000.0, []
    while now < 4600:
        if now >= pace.not_before:
            pace.delivered(now)
            sent.append(now)
        now += 15
    assert sent[:5] == [1000, 1015, 1030, 1045, 1300]
    assert len(sent) == 4 + 11
    # Who was left alone for long has messages at once again.
    pace.delivered(9000)
    assert pace.not_before <= 9000


@given(st.lists(st.floats(0, 600), min_size=1, max_size=60))
def test_no_hour_has_more_than_sixteen_messages(pauses: list[float]) -> None:
    pace, now, sent = MessagePace(), 0.0, []
    for pause in pauses:
        now = max(now + pause, pace.not_before)
        pace.delivered(now)
        sent.append(now)
    for start in sent:
        assert sum(start <= each < start + 3600 for each in sent) <= 16


def test_a_push_service_that_takes_nothing_is_tried_less_and_less() -> None:
    pace, waits = MessagePace(), []
    for _ in range(8):
        pace.refused(100.0, None)
        waits.append(pace.not_before - 100)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    pace.delivered(100.0)
    pace.refused(100.0, None)
    assert pace.not_before == 130


@pytest.mark.parametrize(("stated", "waited"), [(17.0, 17.0), (1e9, 900.0)])
def test_what_a_push_service_states_counts_up_to_a_quarter_of_an_hour(
    stated: float, waited: float
) -> None:
    pace = MessagePace()
    pace.refused(0.0, stated)
    assert pace.not_before == waited
