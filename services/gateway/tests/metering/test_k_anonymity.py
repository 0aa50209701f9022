"""Figures of pilots for Prometheus: nobody who scrapes them all finds fewer people than k."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilot_consents import GIVEN_AT, agreed, consent, deleted, heard, running

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
numbers are told as they are, so the bytes of a cell say exactly whom it speaks of."""


def name(pilot: str, person: int) -> str:
    """A pseudonym of one pilot."""
    return f"{pilot}{person:063x}"


def arm(pilot: str, person: int) -> str:
    return ("off", "on")[person // (1 + PILOTS.index(pilot)) % 2]


@dataclass
class Scraped:
    """A door, all that was asked of it, and somebody who keeps every figure it ever told."""

    state: PilotState = field(
        default_factory=lambda: agreed({p: [name(p, n) for n in range(PEOPLE)] for p in PILOTS})
    )
    at: datetime = AT
    asked_by: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.figures = UsageMetrics(self.state)

    def ask(
        self,
        person: int,
        pilots: Sequence[str] = "a",
        route: str = "/one",
        status: int = 200,
        *,
        spent: float | None = None,
    ) -> None:
        """One exchange, folded, and a scrape after it."""
        fold, kind = UsageAggregate(1000), UsageKey(route, "GET", status, "public")
        parts = [(pilot, arm(pilot, person), name(pilot, person)) for pilot in pilots]
        size = _BASE + 2 ** len(self.asked_by)
        for line in fold.lines_of(kind, parts, self.at, measured=spent is not None):
            line.add(size=size, seconds=1.0, answered=1.0, at=self.at, cpu_seconds=spent)
        self.asked_by.append(person)
        self.figures.add(fold, self.at)
        self.scrape()

    def wait(self) -> None:
        """Past the next moment at which anything is told."""
        self.at += PUBLISH_EVERY
        self.figures.add(UsageAggregate(1), self.at)
        self.scrape()

    def cells(self) -> dict[Cell, dict[str, float]]:
        """What is told now."""
        found: dict[Cell, dict[str, float]] = defaultdict(dict)
        for metric in self.figures.collect():
            for sample in metric.samples:
                if metric.name.startswith("gateway_pilot_"):
                    cell = Cell(**sample.labels)  # type: ignore[arg-type]
                    found[cell][sample.name.removeprefix("gateway_pilot_")] = sample.value
        return found

    def scrape(self) -> None:
        for cell, told in self.cells().items():
            spent = {"response_cpu_seconds_total"} if cell.processor == "known" else set()
            assert set(told) == spent | {
                "requests_total", "response_bytes_total", "response_seconds_total",
            }  # fmt: skip
            assert told["response_seconds_total"] == told["requests_total"]
            spoken = int(told["response_bytes_total"] - told["requests_total"] * _BASE)
            assert spoken.bit_count() == told["requests_total"]
            self.seen.add(spoken)

    def groups(self) -> Iterator[Counter[int]]:
        """Requests no figure tells apart, by who made them. Whatever anybody sums or subtracts
        counts all of a group alike: it speaks of whole groups, and of one at least."""
        alike: dict[tuple[bool, ...], Counter[int]] = defaultdict(Counter)
        for number, person in enumerate(self.asked_by):
            told_in = tuple(bool(spoken >> number & 1) for spoken in self.seen)
            if any(told_in):
                alike[told_in][person] += 1
        yield from alike.values()

    def smallest(self) -> int:
        """People in the smallest group that can be told from others."""
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
def test_no_sum_or_difference_of_what_was_ever_told_speaks_of_fewer_than_k(
    steps: list[tuple[object, ...]],
) -> None:
    door = Scraped()
    for step in steps:
        match step:
            case "crowd", int(first), int(many), str(pilots), str(route), int(status), spent:
                for person in range(first, first + many):
                    door.ask(person % PEOPLE, pilots, route, status, spent=spent)  # type: ignore[arg-type]
            case "one", int(person), int(times), str(pilots):
                for _ in range(times):
                    door.ask(person, pilots)
            case ("wait",):
                door.wait()
            case "withdraw", int(person), str(pilot):
                gone = consent(pilot, name(pilot, person), withdrawn_at=AT)
                door.state.follow_consents([heard(gone)])
            case "end", str(pilot):
                door.state.follow_pilots([deleted(pilot)])
                door.wait()
                assert pilot not in {cell.pilot for cell in door.cells()}
                door.state.follow_pilots([heard(running(pilot))])
    door.wait()
    assert door.smallest() >= K
    for group in door.groups():
        assert 2 * max(group.values()) < group.total()


def test_everything_is_told_once_enough_people_made_it() -> None:
    door = Scraped()
    for person in range(0, 20, 2):
        door.ask(person)
    door.wait()
    assert not door.cells(), "ten people on one arm"
    door.ask(20)
    door.ask(20)
    assert not door.cells(), "the moment would tell who was the last one"
    door.wait()
    (cell,) = door.cells()
    assert cell == Cell("/one", "a", "off", "served", "unknown")
    assert door.cells()[cell]["requests_total"] == 12
    door.ask(20)
    door.wait()
    assert door.cells()[cell]["requests_total"] == 12
    for person in range(0, 22, 2):
        door.ask(person)
    door.wait()
    assert door.cells()[cell]["requests_total"] == 24


def test_somebody_who_makes_half_of_it_is_told_with_more_of_the_others() -> None:
    door = Scraped()
    for _ in range(30):
        door.ask(0)
    for person in range(2, 40, 2):
        door.ask(person)
    door.wait()
    assert not door.cells()
    for person in range(2, 40, 2):
        door.ask(person)
    door.wait()
    (told,) = door.cells().values()
    assert told["requests_total"] == 30 + 2 * 19


def test_whoever_withdrew_or_is_not_known_to_agree_is_not_told_of() -> None:
    door = Scraped()
    for person in range(0, 24, 2):
        door.ask(person)
    for person in (0, 2):
        gone = consent("a", name("a", person), withdrawn_at=GIVEN_AT + timedelta(days=1))
        door.state.follow_consents([heard(gone)])
    door.wait()
    assert not door.cells(), "ten are left"
    door.ask(24)
    door.state.set_ages(lambda: STALE_SECONDS + 1)
    door.wait()
    assert not door.cells(), "whether they still agree is not known"
    door.state.set_ages(lambda: 0.0)
    door.wait()
    (told,) = door.cells().values()
    assert told["requests_total"] == 11


def test_neither_an_exchange_of_nobody_nor_one_of_two_pilots_is_told() -> None:
    door = Scraped()
    for person in range(0, 40, 2):
        door.ask(person, "ab")
    for _ in range(30):
        fold = UsageAggregate(10)
        for line in fold.lines_of(UsageKey("/one", "GET", 200, "public"), [("a", "on", None)], AT):
            line.add(size=1, seconds=1.0, answered=1.0, at=AT)
        assert not fold.cell_people
        door.figures.add(fold, door.at)
    door.wait()
    assert not door.cells()


def test_processor_time_is_told_apart_of_those_it_is_known_of() -> None:
    door = Scraped()
    for person in range(0, 22, 2):
        door.ask(person, spent=0.5)
    door.ask(22)
    door.wait()
    ((cell, told),) = door.cells().items()
    assert cell.processor == "known"
    assert (told["requests_total"], told["response_cpu_seconds_total"]) == (11, 5.5)


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
    door = Scraped()
    for person in (0, 2, 4):
        door.ask(person)
    door.wait()
    assert door.smallest() == 3
