"""Figures of pilots for Prometheus: nobody who scrapes them all finds fewer people than k."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_consents import GIVEN_AT, agreed, consent, deleted, record_of, running

from gateway.metering.adapters.usage_metrics import PUBLISH_EVERY, UsageMetrics
from gateway.metering.domain import k_anonymity as held_back
from gateway.metering.domain.k_anonymity import Cell, Outcome, outcome_of
from gateway.metering.domain.usage import UsageAggregate, UsageKey
from gateway.pilots.flows.follow_pilots import STALE_SECONDS, PilotState
from socle.testing import sized

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
K: Final = 11
PEOPLE: Final = 40
PILOTS: Final = ("a", "b")
ROUTES: Final = ("/one", "/two")
_BASE: Final = 2**2000
"""A body's size names its request: BASE + 2 to the power of the request's number. Sums of whole
sizes are published unchanged, so the bytes of a cell identify its people."""


def name(pilot: str, person: int) -> str:
    """A pseudonym of one pilot."""
    return f"{pilot}{person:063x}"


def arm(pilot: str, person: int) -> str:
    return ("off", "on")[person // (1 + PILOTS.index(pilot)) % 2]


@dataclass
class Scraped:
    """A meter, its requests, and a scraper that stores every figure ever published."""

    state: PilotState = field(
        default_factory=lambda: agreed({p: [name(p, n) for n in range(PEOPLE)] for p in PILOTS})
    )
    at: datetime = AT
    requesters: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.figures = UsageMetrics(self.state)

    def fetch(
        self,
        person: int,
        pilots: Sequence[str] = "a",
        route: str = "/one",
        status: int = 200,
        *,
        cpu_time: float | None = None,
    ) -> None:
        """One exchange, folded, and a scrape after it."""
        fold, category = UsageAggregate(1000), UsageKey(route, "GET", status, "public")
        parts = [(pilot, arm(pilot, person), name(pilot, person)) for pilot in pilots]
        size = _BASE + 2 ** len(self.requesters)
        for line in fold.lines_of(category, parts, self.at, measured=cpu_time is not None):
            line.add(size=size, seconds=1.0, answered=1.0, at=self.at, cpu_seconds=cpu_time)
        self.requesters.append(person)
        self.figures.add(fold, self.at)
        self.scrape()

    def wait(self) -> None:
        """Past the next instant of publication."""
        self.at += PUBLISH_EVERY
        self.figures.add(UsageAggregate(1), self.at)
        self.scrape()

    def cells(self) -> dict[Cell, dict[str, float]]:
        """The figures published now."""
        found: dict[Cell, dict[str, float]] = defaultdict(dict)
        for metric in self.figures.collect():
            for sample in metric.samples:
                if metric.name.startswith("gateway_pilot_"):
                    cell = Cell(**sample.labels)  # type: ignore[arg-type]
                    found[cell][sample.name.removeprefix("gateway_pilot_")] = sample.value
        return found

    def scrape(self) -> None:
        for cell, reported in self.cells().items():
            cpu_time = {"response_cpu_seconds_total"} if cell.processor == "known" else set()
            assert set(reported) == cpu_time | {
                "requests_total", "response_bytes_total", "response_seconds_total",
            }  # fmt: skip
            assert reported["response_seconds_total"] == reported["requests_total"]
            spoken = int(reported["response_bytes_total"] - reported["requests_total"] * _BASE)
            assert spoken.bit_count() == reported["requests_total"]
            self.seen.add(spoken)

    def groups(self) -> Iterator[Counter[int]]:
        """Requests no figure tells apart, by who made them. Whatever anybody sums or subtracts
        counts all of a group alike: it speaks of whole groups, and of one at least."""
        alike: dict[tuple[bool, ...], Counter[int]] = defaultdict(Counter)
        for number, person in enumerate(self.requesters):
            reported_in = tuple(bool(spoken >> number & 1) for spoken in self.seen)
            if any(reported_in):
                alike[reported_in][person] += 1
        yield from alike.values()

    def smallest(self) -> int:
        """People in the smallest group that can be distinguished."""
        return min((len(group) for group in self.groups()), default=K)


_PART: Final = st.sampled_from(["a", "b", "ab"])
_STEP: Final = st.one_of(
    st.tuples(
        st.just("crowd"),
        st.integers(0, PEOPLE - 1),
        st.integers(1, PEOPLE),
        _PART,
        st.sampled_from(ROUTES),
        st.sampled_from([200, 200, 304, 404, 503]),
        st.sampled_from([None, None, 0.5]),
    ),
    st.tuples(st.just("one"), st.integers(0, PEOPLE - 1), st.integers(1, 30), _PART),
    st.tuples(st.just("wait")),
    st.tuples(st.just("wait")),
    st.tuples(st.just("withdraw"), st.integers(0, PEOPLE - 1), st.sampled_from(PILOTS)),
    st.tuples(st.just("end"), st.sampled_from(PILOTS)),
)


@pytest.mark.deep
@settings(max_examples=sized(60, deep=1500), deadline=None)
@given(st.lists(_STEP, max_size=25))
def test_no_sum_or_difference_of_published_figures_covers_fewer_than_k(
    steps: list[tuple[object, ...]],
) -> None:
    replica = Scraped()
    for step in steps:
        match step:
            case "crowd", int(first), int(many), str(pilots), str(route), int(status), cpu_time:
                for person in range(first, first + many):
                    replica.fetch(person % PEOPLE, pilots, route, status, cpu_time=cpu_time)  # type: ignore[arg-type]
            case "one", int(person), int(times), str(pilots):
                for _ in range(times):
                    replica.fetch(person, pilots)
            case ("wait",):
                replica.wait()
            case "withdraw", int(person), str(pilot):
                gone = consent(pilot, name(pilot, person), withdrawn_at=AT)
                replica.state.follow_consents([record_of(gone)])
            case "end", str(pilot):
                replica.state.follow_pilots([deleted(pilot)])
                replica.wait()
                assert pilot not in {cell.pilot for cell in replica.cells()}
                replica.state.follow_pilots([record_of(running(pilot))])
    replica.wait()
    assert replica.smallest() >= K
    for group in replica.groups():
        assert 2 * max(group.values()) < group.total()


def test_everything_is_published_once_enough_people_made_it() -> None:
    replica = Scraped()
    for person in range(0, 20, 2):
        replica.fetch(person)
    replica.wait()
    assert not replica.cells(), "ten people on one arm"
    replica.fetch(20)
    replica.fetch(20)
    assert not replica.cells(), "the moment would tell who was the last one"
    replica.wait()
    (cell,) = replica.cells()
    assert cell == Cell("/one", "a", "off", "served", "unknown")
    assert replica.cells()[cell]["requests_total"] == 12
    replica.fetch(20)
    replica.wait()
    assert replica.cells()[cell]["requests_total"] == 12
    for person in range(0, 22, 2):
        replica.fetch(person)
    replica.wait()
    assert replica.cells()[cell]["requests_total"] == 24


def test_a_person_with_half_of_the_requests_waits_for_more_people() -> None:
    replica = Scraped()
    for _ in range(30):
        replica.fetch(0)
    for person in range(2, 40, 2):
        replica.fetch(person)
    replica.wait()
    assert not replica.cells()
    for person in range(2, 40, 2):
        replica.fetch(person)
    replica.wait()
    (reported,) = replica.cells().values()
    assert reported["requests_total"] == 30 + 2 * 19


def test_people_without_consent_are_not_published() -> None:
    replica = Scraped()
    for person in range(0, 24, 2):
        replica.fetch(person)
    for person in (0, 2):
        gone = consent("a", name("a", person), withdrawn_at=GIVEN_AT + timedelta(days=1))
        replica.state.follow_consents([record_of(gone)])
    replica.wait()
    assert not replica.cells(), "ten are left"
    replica.fetch(24)
    replica.state.set_ages(lambda: STALE_SECONDS + 1)
    replica.wait()
    assert not replica.cells(), "whether they still agree is not known"
    replica.state.set_ages(lambda: 0.0)
    replica.wait()
    (reported,) = replica.cells().values()
    assert reported["requests_total"] == 11


def test_exchanges_without_a_person_or_of_two_pilots_are_not_published() -> None:
    replica = Scraped()
    for person in range(0, 40, 2):
        replica.fetch(person, "ab")
    for _ in range(30):
        fold = UsageAggregate(10)
        for line in fold.lines_of(UsageKey("/one", "GET", 200, "public"), [("a", "on", None)], AT):
            line.add(size=1, seconds=1.0, answered=1.0, at=AT)
        assert not fold.cell_people
        replica.figures.add(fold, replica.at)
    replica.wait()
    assert not replica.cells()


def test_known_processor_time_is_published_separately() -> None:
    replica = Scraped()
    for person in range(0, 22, 2):
        replica.fetch(person, cpu_time=0.5)
    replica.fetch(22)
    replica.wait()
    ((cell, reported),) = replica.cells().items()
    assert cell.processor == "known"
    assert (reported["requests_total"], reported["response_cpu_seconds_total"]) == (11, 5.5)


def test_memory_is_bounded_by_those_who_agree_and_given_back() -> None:
    held = held_back.KAnonymousCounters()
    cell, one = Cell("/one", "a", "on", "served", "known"), held_back.Amount(1, 1, 1.0, 0.5)
    for _ in range(1000):
        held.add(cell, "ff", one)
    assert held.waiting == 1
    held.publish({"a"}, lambda pilot, person: True)
    assert held.waiting == 1
    held.publish({"b"}, lambda pilot, person: True)
    assert held.waiting == 0
    fold = UsageAggregate(5)
    for person in range(10):
        parts = [("a", "on", name("a", person))]
        list(fold.lines_of(UsageKey("/one", "GET", 200, "public"), parts, AT))
    assert len(fold.cell_people) == 5


def test_an_outcome_is_what_became_of_it() -> None:
    found = [outcome_of(status) for status in (101, 200, 304, 399, 400, 404, 499, 500, 503)]
    assert found == ["served"] * 4 + ["refused"] * 3 + ["failed"] * 2
    assert set(found) == set(get_args(Outcome))


def test_the_scraper_finds_people_where_nothing_is_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_back, "K", 1)
    replica = Scraped()
    for person in (0, 2, 4):
        replica.fetch(person)
    replica.wait()
    assert replica.smallest() == 3
