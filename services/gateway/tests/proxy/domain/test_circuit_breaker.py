"""The states of a circuit breaker over time, and the choice between addresses."""

import pytest

from gateway.proxy.domain.circuit_breaker import (
    CONSECUTIVE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MIN_EXCHANGES,
    WINDOW,
    CircuitBreaker,
)
from gateway.proxy.domain.load_shedding import (
    COMFORTABLE_DELAY,
    LAST_COMFORTABLE_DELAY,
    LoadShedding,
)
from gateway.proxy.domain.upstreams import LATE, Upstream, Upstreams


def fail(breaker: CircuitBreaker, times: int, now: float) -> None:
    for _ in range(times):
        breaker.failed(breaker.begin(), now)


def test_it_opens_at_failures_in_a_row_and_one_success_between_them_starts_again() -> None:
    breaker = CircuitBreaker()
    fail(breaker, CONSECUTIVE - 1, 0)
    breaker.succeeded(breaker.begin(), 0)
    fail(breaker, CONSECUTIVE - 1, 0)
    assert breaker.allows(0)
    fail(breaker, 1, 0)
    assert not breaker.allows(0)
    assert breaker.retry_in(0.25) == FIRST_PAUSE - 0.25


def test_half_of_enough_exchanges_failing_opens_it_even_if_others_succeed() -> None:
    breaker = CircuitBreaker()
    for at in range(MIN_EXCHANGES - 1):
        (breaker.failed if at % 2 else breaker.succeeded)(breaker.begin(), 1.0)
    assert breaker.allows(1.0)
    breaker.failed(breaker.begin(), 1.0)
    assert not breaker.allows(1.0)


def test_failures_older_than_the_window_count_no_more() -> None:
    breaker = CircuitBreaker()
    for at in range(MIN_EXCHANGES - 1):
        (breaker.failed if at % 2 else breaker.succeeded)(breaker.begin(), 1.0)
    breaker.succeeded(breaker.begin(), 1.0)
    breaker.failed(breaker.begin(), 2 * WINDOW)
    assert breaker.allows(2 * WINDOW)


def test_half_open_lets_one_find_out_and_a_success_closes_it() -> None:
    breaker = CircuitBreaker()
    fail(breaker, CONSECUTIVE, 0)
    later = FIRST_PAUSE
    assert breaker.allows(later)
    probe = breaker.begin()
    assert not breaker.allows(later), "a second one waits for what the first finds"
    breaker.succeeded(probe, later)
    assert breaker.state == "closed"
    assert breaker.allows(later)


def test_a_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    breaker, now, pauses = CircuitBreaker(), 0.0, []
    fail(breaker, CONSECUTIVE, now)
    for _ in range(8):
        pauses.append(breaker.retry_in(now))
        now += breaker.retry_in(now)
        fail(breaker, 1, now)
    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_probe_whose_caller_left_is_followed_by_another() -> None:
    breaker = CircuitBreaker()
    fail(breaker, CONSECUTIVE, 0)
    breaker.abandoned(breaker.begin())
    assert breaker.allows(FIRST_PAUSE)


def test_an_exchange_that_began_before_the_failures_decides_nothing_of_the_probe() -> None:
    breaker = CircuitBreaker()
    older = [breaker.begin() for _ in range(3)]
    fail(breaker, CONSECUTIVE, 0)
    probe = breaker.begin()
    breaker.succeeded(older[0], FIRST_PAUSE)
    assert breaker.state == "half_open", "only the probe closes it"
    breaker.failed(older[1], FIRST_PAUSE)
    assert breaker.state == "half_open", "only the probe opens it"
    breaker.abandoned(older[2])
    assert not breaker.allows(FIRST_PAUSE), "the probe has not ended"
    breaker.succeeded(probe, FIRST_PAUSE)
    assert breaker.state == "closed"


def test_exchanges_that_time_out_after_the_address_recovered_do_not_open_it_again() -> None:
    breaker = CircuitBreaker()
    older = [breaker.begin() for _ in range(CONSECUTIVE)]
    fail(breaker, CONSECUTIVE, 0)
    probe = breaker.begin()
    breaker.succeeded(probe, FIRST_PAUSE)
    for each in older:
        breaker.failed(each, FIRST_PAUSE)
    assert breaker.state == "closed"
    breaker.failed(probe, FIRST_PAUSE)  # its body was truncated
    fail(breaker, CONSECUTIVE - 1, FIRST_PAUSE)
    assert breaker.state == "open"


def ready(*addresses: str, most: int = 512) -> Upstreams:
    upstreams = Upstreams(addresses, max_in_flight=most)
    for each in upstreams.each:
        each.why_not = None
    return upstreams


def chosen(upstreams: Upstreams, times: int, tried: tuple[Upstream, ...] = ()) -> list[str]:
    found = (upstreams.choose(0, tried) for _ in range(times))
    return [each.address if each else "" for each in found]


def test_ready_addresses_are_used_round_robin() -> None:
    upstreams = ready("http://a", "http://b/", "http://c")
    assert chosen(upstreams, 4) == ["http://a", "http://b", "http://c", "http://a"]
    upstreams.each[1].why_not = "draine"
    assert set(chosen(upstreams, 4)) == {"http://a", "http://c"}


def test_an_address_that_is_not_ready_is_the_last_resort() -> None:
    upstreams = ready("http://a", "http://b")
    upstreams.each[0].why_not = "démarre"
    fail(upstreams.each[1].breaker, CONSECUTIVE, 0)
    assert chosen(upstreams, 2) == ["http://a", "http://a"]
    assert upstreams.why_not() is None
    fail(upstreams.each[0].breaker, CONSECUTIVE, 0)
    assert upstreams.choose(0) is None
    assert not upstreams.full()


def test_a_ready_address_can_be_late_twice_but_not_refuse() -> None:
    (upstream,) = ready("http://a").each
    for message, found in [(LATE, None), (LATE, None), (None, None), (LATE, None), (LATE, None)]:
        upstream.record_readiness(message)
        assert upstream.why_not == found
    upstream.record_readiness(LATE)
    assert upstream.why_not == LATE
    upstream.record_readiness(None)
    upstream.record_readiness("injoignable")
    assert upstream.why_not == "injoignable"


def test_an_address_that_has_its_fill_is_passed_over() -> None:
    upstreams = ready("http://a", "http://b", most=2)
    upstreams.each[0].in_flight = 2
    assert chosen(upstreams, 2) == ["http://b", "http://b"]
    upstreams.each[1].in_flight = 2
    assert upstreams.choose(0) is None
    assert upstreams.full()


def test_retries_stay_within_a_tenth_of_the_requests() -> None:
    upstreams = ready("http://a")
    retried = 0
    for _ in range(2000):
        upstreams.earn_retry()
        retried += upstreams.take_retry()
    assert 200 <= retried <= 211


@pytest.mark.parametrize(
    ("delay", "last", "share"),
    [
        (COMFORTABLE_DELAY, False, 0.0),
        (2 * COMFORTABLE_DELAY, False, 0.5),
        (3 * COMFORTABLE_DELAY, False, 1.0),
        (3 * COMFORTABLE_DELAY, True, 0.0),
        (2 * LAST_COMFORTABLE_DELAY, True, 0.5),
    ],
)
def test_the_later_the_loop_the_more_is_refused_and_pages_go_last(
    delay: float, last: bool, share: float
) -> None:
    shedding = LoadShedding(max_requests=10)
    for _ in range(100):
        shedding.record_delay(delay)
    refused = sum(shedding.refuses(last=last) for _ in range(100))
    assert refused == pytest.approx(share * 100, abs=1)


def test_past_the_most_in_progress_data_is_refused_and_pages_have_half_as_much_again() -> None:
    shedding = LoadShedding(max_requests=10)
    shedding.in_progress = 10
    assert shedding.refuses(last=False)
    assert not shedding.refuses(last=True)
    shedding.in_progress = 15
    assert shedding.refuses(last=True)
