"""The arithmetic of shared buckets: in any order of the replicas' actions, an account never exceeds
its plan."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.quotas.domain.plans import PLANS, SAME_IN_ALL_PLANS, Allowance
from gateway.quotas.domain.token_bucket import Bucket, BucketExchange, BucketGrant, trust
from gateway.quotas.flows.admit import REGISTER_PAGE, limit_refusal
from gateway.quotas.flows.shared_limits import Admission
from socle.testing import sized


@dataclass
class Shared:
    """The shared bucket, as `SharedBuckets` specifies it."""

    allowance: Allowance
    left: float = field(init=False)
    at: float = 0.0
    used: int = 0

    def __post_init__(self) -> None:
        self.left = float(self.allowance.burst)

    def take(self, exchange: BucketExchange, now: float) -> BucketGrant:
        earned = (now - self.at) * self.allowance.rate
        self.left = min(self.allowance.burst, self.left + earned)
        self.at = now
        self.left = min(self.allowance.burst, self.left - exchange.used + exchange.returned)
        self.used += exchange.used - exchange.returned
        lease = max(0, min(exchange.wanted, int(self.left)))
        if self.allowance.daily is not None:
            lease = max(0, min(lease, self.allowance.daily - self.used))
        self.left -= lease
        self.used += lease
        return BucketGrant(lease, self.left, self.used)


def play(
    allowance: Allowance, replicas: int, steps: list[tuple[float, int, int]], *, lazy: bool
) -> tuple[list[tuple[float, int]], float]:
    """Requests (seconds after the one before, replica, how many) against that many replicas.
    `lazy`: background reports come late. Gives (instant, admitted) and the end."""
    shared = Shared(allowance)
    buckets = [Bucket(allowance, now=0.0, day=0) for _ in range(replicas)]
    now, admitted = 0.0, []
    for after, which, count in steps:
        now += after
        bucket = buckets[which % replicas]
        for _ in range(count):
            step = bucket.take(now=now, day=0, shared=True)
            if step == "exchange":
                exchange = bucket.next_exchange(now=now, waiting=1)
                bucket.grant(exchange, shared.take(exchange, now), now=now, day=0)
                step = bucket.take(now=now, day=0, shared=True)
            admitted.append((now, int(step == "admitted")))
            if not lazy and bucket.should_report():
                exchange = bucket.next_exchange(now=now, waiting=0)
                bucket.grant(exchange, shared.take(exchange, now), now=now, day=0)
        if (back := bucket.return_lease(now=now)) is not None:
            bucket.grant(back, shared.take(back, now), now=now, day=0)
    return admitted, now


ALLOWANCES = st.builds(
    Allowance,
    rate=st.floats(0.01, 200),
    burst=st.integers(1, 500),
    daily=st.none() | st.integers(1, 1000),
)
STEPS = st.lists(
    st.tuples(st.floats(0, 3), st.integers(0, 4), st.integers(1, 60)), min_size=1, max_size=60
)


@pytest.mark.deep
@settings(max_examples=sized(100, deep=1000), deadline=None)
@given(ALLOWANCES, STEPS, st.booleans())
def test_five_replicas_never_pass_the_plan(
    allowance: Allowance, steps: list[tuple[float, int, int]], lazy: bool
) -> None:
    admitted, end = play(allowance, 5, steps, lazy=lazy)
    passed = sum(count for _, count in admitted)
    # Each replica can have an unreported part, its trust.
    unreported = 5 * trust(allowance)
    assert passed <= allowance.burst + allowance.rate * end + unreported + 1e-6
    if allowance.daily is not None:
        assert passed <= allowance.daily + unreported


@pytest.mark.deep
@settings(max_examples=sized(60, deep=2000), deadline=None)
@given(st.floats(0.5, 200), st.integers(5, 500), st.integers(1, 4))
def test_a_greedy_caller_gets_the_full_plan_and_no_more(
    rate: float, burst: int, replicas: int
) -> None:
    """Requesting far more than the plan for ten seconds, round the replicas."""
    allowance = Allowance(rate, burst)
    every = min(0.005, 1 / rate / 4)
    count = int(10 / every) if every >= 0.001 else 10_000
    steps = [(10 / count, n, 1 + burst // 100) for n in range(count)]
    admitted, end = play(allowance, replicas, steps, lazy=False)
    passed, plan = sum(c for _, c in admitted), burst + rate * end
    offered = count * (1 + burst // 100)
    assert passed <= plan + 1e-6
    assert passed >= 0.9 * min(plan, offered) - replicas


def test_a_day_that_ends_gives_a_new_quota() -> None:
    allowance = Allowance(100, 100, daily=3)
    shared, bucket = Shared(allowance), Bucket(allowance, now=0.0, day=0)

    def step(day: int) -> str:
        got = bucket.take(now=0.0, day=day, shared=True)
        if got == "exchange":
            exchange = bucket.next_exchange(now=0.0, waiting=1)
            bucket.grant(exchange, shared.take(exchange, 0.0), now=0.0, day=day)
            got = bucket.take(now=0.0, day=day, shared=True)
        return got

    assert [step(0) for _ in range(5)] == ["admitted"] * 3 + ["daily"] * 2
    shared.used = 0
    assert step(1) == "admitted"


def test_alone_a_replica_applies_the_plan_and_reports_later() -> None:
    bucket = Bucket(Allowance(1, 10, daily=12), now=0.0, day=0)
    steps = [bucket.take(now=0.0, day=0, shared=False) for _ in range(12)]
    assert steps == ["admitted"] * 10 + ["rate"] * 2
    assert [bucket.take(now=2.0, day=0, shared=False) for _ in range(3)] == [
        "admitted",
        "admitted",
        "daily",
    ]
    assert bucket.next_exchange(now=3.0, waiting=0).used == 12


def test_a_failed_exchange_is_repeated() -> None:
    bucket = Bucket(Allowance(1, 100), now=0.0, day=0)
    for _ in range(4):
        assert bucket.take(now=0.0, day=0, shared=True) == "admitted"
    exchange = bucket.next_exchange(now=0.0, waiting=0)
    assert exchange.used == 4
    bucket.failed(exchange)
    assert bucket.next_exchange(now=0.0, waiting=0) == exchange


def test_a_small_caller_is_admitted_without_an_exchange() -> None:
    bucket = Bucket(Allowance(5, 50, 1000), now=0.0, day=0)
    steps = [bucket.take(now=float(n), day=0, shared=True) for n in range(2)]
    assert steps == ["admitted", "admitted"]
    assert not bucket.should_report()


def test_more_is_offered_where_there_is_more() -> None:
    admission, plan = Admission("rate", 12.0, 30, 0, 60.0), PLANS["public"]
    described = {
        limit: limit_refusal(plan, limit, allowance, admission).message
        for limit, allowance in plan.allowances.items()
    }
    assert {
        limit for limit, sentence in described.items() if REGISTER_PAGE in sentence
    } == described.keys() - SAME_IN_ALL_PLANS
    assert described["voice"].endswith("Réessayez dans 12 secondes.")
    assert {limit for limit, text in described.items() if "/departures/stream" in text} == {"board"}


def test_the_public_plan_allows_a_page_that_polls_a_board_every_15_seconds() -> None:
    board = PLANS["public"].allowances["board"]
    assert board.daily is not None
    assert board.daily >= 86_400 / 15
    for name in ("registered", "partner", "commercial"):
        raised = PLANS[name].allowances["board"].daily
        assert raised is not None
        assert raised > board.daily


def test_a_program_that_reads_one_resource_after_the_other_is_not_refused() -> None:
    steps = [(0.005, 0, 1)] * 20_000
    for plan, complete in (("registered", False), ("partner", True)):
        admitted, _ = play(PLANS[plan].allowances["record"], 1, steps, lazy=False)
        assert all(count for _, count in admitted) is complete, plan


@given(
    lease=st.integers(0, 20),
    taken=st.integers(1, 20),
    count=st.integers(1, 2_000),
    wait=st.integers(0, 300),
)
@settings(max_examples=sized(40, deep=400))
def test_what_a_batch_was_is_paid_afterwards(lease: int, taken: int, count: int, wait: int) -> None:
    """All requests of a batch are reported once; the next one waits for what they took."""
    allowance = Allowance(rate=10, burst=100)
    shared, bucket = Shared(allowance), Bucket(allowance, now=0.0, day=0)
    if lease:
        exchange = BucketExchange(0, 0, lease)
        bucket.grant(exchange, shared.take(exchange, 0.0), now=0.0, day=0)
    assert all(bucket.take(now=0.0, day=0, shared=False) == "admitted" for _ in range(taken))
    bucket.charge(count, now=0.0, day=0)
    report = bucket.next_exchange(now=0.0, waiting=0)
    bucket.grant(report, shared.take(report, 0.0), now=0.0, day=0)
    assert shared.used - bucket.lease == taken + count
    assert shared.left + bucket.lease == 100 - taken - count
    step = bucket.take(now=wait, day=0, shared=True)
    if step == "exchange":
        exchange = bucket.next_exchange(now=wait, waiting=1)
        bucket.grant(exchange, shared.take(exchange, wait), now=wait, day=0)
        step = bucket.take(now=wait, day=0, shared=True)
    assert (step == "admitted") is (100 - taken - count + wait * 10 >= 1)
