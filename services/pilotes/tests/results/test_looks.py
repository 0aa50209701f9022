"""Planned looks of a trial: when they take place, what is read, and what stays hidden."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt

import numpy as np
import pytest

from pilotes.disclosure.domain.measure import Measure
from pilotes.disclosure.domain.tranches import (
    DisclosedFigures,
    Population,
    TrancheGroup,
    disclose_next,
)
from pilotes.record.domain.pilot import Description, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.record.ports import ProtocolVersion
from pilotes.report.domain.looks import looks_blocks
from pilotes.results.adapters.disclosed_json import looks_from_json, looks_to_json
from pilotes.results.domain.estimates import Figures, estimate_figures
from pilotes.results.domain.history import disclosed_histories
from pilotes.results.domain.look_differences import LookPair, difference_at_looks
from pilotes.results.domain.looks import (
    LookState,
    Reading,
    TakenLook,
    look_states,
    readings,
    with_due_look,
    without_broken,
)
from pilotes.results.flows.get_results import TrialDesign, readings_of
from pilotes.results.ports import StoredFigures
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import IndicatorVerdict
from pilotes.usage.domain.measures import FOOTPRINT, measure_name
from socle.testing import one_size

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DID = Indicator("did", "A suivi", "proportion", "use:a", "up", "primary", 0.5)
ALSO = Indicator("also", "Nombre", "mean", "use:b", "up", "secondary")
GUARD = Indicator("late", "Attente", "mean", "use:c", "down", "guardrail", bound=1.0)
ARMS = ("temoin", "alerte")
DESIGN = Protocol(
    version=1,
    arms=tuple(Arm(name, name, 5_000) for name in ARMS),
    control="temoin",
    routes=("/x",),
    eligibility="Toute personne majeure.",
    planned_per_arm=100,
    indicators=(DID, ALSO, GUARD),
    stopping_rule="Un incident grave.",
    starts_at=AT,
    ends_at=AT + timedelta(days=180),
    looks=(0.3, 0.5, 1.0),
)


def figures_of(per_arm: int, *, did: int = 0) -> DisclosedFigures:
    """What is disclosed of so many people an arm. `did`: of the arm; of control half did."""
    shares = Sums.of_counts(per_arm, per_arm / 2), Sums.of_counts(per_arm, did or per_arm / 2)
    counts = [Sums.of(np.arange(per_arm) % 3 + more) for more in (0.0, 0.1)]
    people, number = (per_arm, per_arm), frozenset({per_arm})
    groups = {
        measure_name(DID): shares,
        measure_name(ALSO): counts,
        measure_name(GUARD): counts,
        **dict.fromkeys(FOOTPRINT, (Sums.of(np.full(per_arm, 4.0)),) * 2),
    }
    return DisclosedFigures(
        1,
        {per_arm: people},
        {
            name: (TrancheGroup(number, tuple(sums), people, ((0, 0), (0, 0))),)
            for name, sums in groups.items()
        },
    )


def figures(disclosed: DisclosedFigures, read: tuple[Reading, ...]) -> Figures:
    return estimate_figures(
        DESIGN, disclosed, arms=ARMS, design=DESIGN, ratio_as_planned=True, k=5, read=read
    )


def test_a_look_takes_place_when_its_people_are_disclosed_and_once() -> None:
    assert with_due_look((), DESIGN, figures_of(29), AT) == ()
    first = with_due_look((), DESIGN, figures_of(31), AT)
    assert [each.number for each in first] == [1]
    assert with_due_look(first, DESIGN, figures_of(45), AT) == first
    # A withdrawal can take people from it; it does not take place again.
    assert with_due_look(first, DESIGN, figures_of(20), AT) == first
    # The second share is passed together with the third: it has no look of its own.
    late = with_due_look(first, DESIGN, figures_of(104), AT)
    assert [each.number for each in late] == [1, 3]
    assert [(each.planned, each.people) for each in look_states(DESIGN, late)] == [
        (60, 62), (100, None), (200, 208),
    ]  # fmt: skip


def test_between_looks_only_recruitment_and_guardrails_are_disclosed() -> None:
    waiting = figures(figures_of(29), ())
    assert [each.disclosed for each in waiting.figures] == [False, False, True]
    assert (waiting.people, waiting.footprint) == ({"temoin": 29, "alerte": 29}, ())
    taken = (TakenLook(1, AT, figures_of(31)),)
    now = figures_of(45)
    seen = figures(now, readings(DESIGN, taken, now, over_at=None, ends_at=DESIGN.ends_at))
    did, also, guard = seen.figures
    assert [each.arms[0].people for each in (did, also, guard)] == [31, 31, 45]
    assert seen.people == {"temoin": 45, "alerte": 45}
    assert seen.footprint[0].requests == 4 * 31
    assert [each.contrasts[0].look for each in (did, also, guard)] == [1, 1, None]
    # The guardrail is the one of any time.
    daily = estimate_figures(DESIGN, now, arms=ARMS, design=DESIGN, ratio_as_planned=True, k=5)
    assert guard == daily.figures[2]


def test_the_history_between_looks_is_that_of_guardrails_alone() -> None:
    taken, now = (TakenLook(1, AT, figures_of(31)),), figures_of(45)
    read = readings(DESIGN, taken, now, over_at=None, ends_at=DESIGN.ends_at)
    for looked, people in ((read, [[62], [62], [90]]), ((), [[], [], [90]])):
        histories = disclosed_histories(
            DESIGN, now, arms=ARMS, design=DESIGN, ratio_as_planned=True, k=5, read=looked
        )
        assert [[point.people for point in each.points] for each in histories] == people


def test_an_indicator_that_is_not_disclosed_shares_the_error() -> None:
    """Its verdict is still to come: without it, an earlier one would have all of the 5 %."""
    other, design = replace(ALSO, id="rare", source="use:d"), replace(DESIGN, looks=())
    second = replace(DID, id="other", role="secondary")
    now = figures_of(60, did=45)
    groups = {**now.groups, measure_name(second): now.groups[measure_name(DID)]}
    alone, shared = (
        estimate_figures(
            replace(design, indicators=(DID, second, *more)), replace(now, groups=groups),
            arms=ARMS, design=design, ratio_as_planned=True, k=5,
        ).figures[1].contrasts[0].p
        for more in ((), (other,))
    )  # fmt: skip
    assert 0 < shared == 2 * alone < 1


def test_the_end_of_the_trial_is_its_last_look() -> None:
    taken, now = (TakenLook(1, AT, figures_of(31)),), figures_of(70)

    def last(over_at: datetime, *, at_looks: tuple[TakenLook, ...] = taken) -> Reading:
        return readings(DESIGN, at_looks, now, over_at=over_at, ends_at=DESIGN.ends_at)[-1]

    on_time, early = last(DESIGN.ends_at), last(DESIGN.ends_at - timedelta(days=30))
    assert (on_time.look, on_time.disclosed, on_time.last) == (3, now, True)
    assert (early.look, early.last) == (3, False)
    # Later people do not change the last planned look.
    planned = (*taken, TakenLook(3, AT, figures_of(100)))
    assert last(DESIGN.ends_at, at_looks=planned).disclosed is planned[-1].disclosed


def test_an_end_that_is_brought_forward_is_not_the_planned_one() -> None:
    """Results can have been seen before: such a trial has not all the error to use up."""
    pilot = Pilot(
        PilotId("p"), 1, "evaluation", False, "mobilite", "", Description("", ""), Processing(), 2,
        True, AT, AT, "c", trial_at=AT, finished_at=AT + timedelta(days=90),
    )  # fmt: skip
    sooner = replace(DESIGN, version=2, ends_at=AT + timedelta(days=90))
    versions = [ProtocolVersion(each, "", "", AT, "qui", AT) for each in (DESIGN, sooner)]
    stored = StoredFigures(figures_of(70), True, AT, (TakenLook(1, AT, figures_of(31)),))
    for protocols, complete in ((versions, False), (versions[1:], True)):
        read = readings_of(pilot, TrialDesign(protocols, ARMS, 100, 5), stored)
        assert read is not None
        assert read[-1].last is complete


def test_a_conclusion_stays_when_a_later_look_is_less_clear() -> None:
    def pair(look: int, n: int, ones: int) -> LookPair:
        half = Sums.of_counts(n, n // 2)
        return LookPair(look, look == 3, Sums.of_counts(n, ones), half)

    clear, unclear = pair(2, 50, 45), pair(3, 100, 55)
    found, look = difference_at_looks(DID, "alerte", (clear, unclear), design=DESIGN)
    assert look == 2
    assert float(found.p) <= 0.05
    assert float(found.low) > 0
    # Where none is clear, the latest is shown; what it says is p's.
    found, look = difference_at_looks(DID, "alerte", (pair(2, 50, 27), unclear), design=DESIGN)
    assert (look, float(found.low) < 0 < float(found.high)) == (3, True)
    assert float(found.p) > 0.05
    # Without more people it is no further look, but the same one, which can spend more.
    alike = (pair(2, 100, 63), pair(3, 100, 63))
    again, look = difference_at_looks(DID, "alerte", alike, design=DESIGN)
    once, _ = difference_at_looks(DID, "alerte", (pair(3, 100, 63),), design=DESIGN)
    assert (look, float(again.low), float(again.p)) == (3, float(once.low), float(once.p))


def test_a_look_with_too_few_people_has_no_difference() -> None:
    few = LookPair(1, False, Sums.of_counts(9, 9), Sums.of_counts(9, 0))
    found, look = difference_at_looks(DID, "alerte", (few,), design=DESIGN)
    assert (look, float(found.p)) == (None, 1.0)
    assert np.isnan([float(found.estimate), float(found.low), float(found.high)]).all()
    # Early, nothing is spent yet: an estimate has no limits.
    early = LookPair(1, False, Sums.of_counts(10, 9), Sums.of_counts(10, 1))
    wide = replace(DESIGN, planned_per_arm=1_000)
    found, look = difference_at_looks(DID, "alerte", (early,), design=wide)
    assert (look, float(found.estimate), float(found.high)) == (1, 0.8, np.inf)


def test_clusters_and_correlation_widen_what_a_look_shows() -> None:
    pairs = (LookPair(3, True, Sums.of_counts(60, 40), Sums.of_counts(60, 30)),)
    together = replace(DESIGN, cluster_size=4.0, cluster_correlation=0.1)
    alone, wider = (difference_at_looks(DID, "alerte", pairs, design=each)[0]
                    for each in (DESIGN, together))  # fmt: skip
    assert float(wider.high - wider.low) > 1.15 * float(alone.high - alone.low)


def test_a_withdrawal_leaves_the_looks_too() -> None:
    taken = (TakenLook(1, AT, figures_of(31)), TakenLook(2, AT, figures_of(50)))
    stored = looks_from_json(looks_to_json(taken))
    assert [each.at for each in stored] == [AT, AT]
    assert [each.disclosed.sizes for each in stored] == [{31: (31, 31)}, {50: (50, 50)}]
    left = without_broken(stored, [31])
    assert [each.disclosed.groups[measure_name(DID)] == () for each in left] == [True, False]
    read = readings(DESIGN, left, figures_of(50), over_at=None, ends_at=DESIGN.ends_at)
    assert figures(figures_of(50), read).figures[0].contrasts[0].look == 2


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (False, ("2 mars 2026", "le suivant était déjà atteint", "2 mars 2026", "pas encore")),
        (True, ("2 mars 2026", "le suivant était déjà atteint", "2 mars 2026", "à la fin")),
    ],
)
def test_the_report_lists_when_results_are_read(over: bool, words: tuple[str, ...]) -> None:
    looks = (
        LookState(0.25, 50, AT, 52), LookState(0.5, 100, None, None),
        LookState(0.75, 150, AT, 150), LookState(1.0, 200, None, None),
    )  # fmt: skip
    _, table = looks_blocks(looks, over=over)
    assert all(word in row[2] for word, row in zip(words, table.rows, strict=True))  # type: ignore[union-attr]
    assert looks_blocks((), over=over) == []


def concludes(rng: np.random.Generator, people: int, share: float, k: int) -> bool:
    """One null trial of a share, disclosed eight times, with looks at one half and at the end.
    Tranches end when each answer has k people, which depends on the answers."""
    design = replace(DESIGN, indicators=(DID,), planned_per_arm=people // 2, looks=(0.5, 1.0))
    arm, did = rng.integers(0, 2, people), (rng.random(people) < share).astype(np.int64)
    disclosed = DisclosedFigures()
    tranche, first = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    taken: tuple[TakenLook, ...] = ()
    for n in range(people // 8, people + 1, people // 8):
        outcome = did[:n].astype(np.float64)
        measure = Measure(outcome, np.full(n, np.nan), did[:n], 2)
        disclosed, after = disclose_next(
            disclosed,
            Population(arm[:n], tranche[:n], first[:n]),
            {measure_name(DID): measure},
            arms=2,
            k=k,
        )
        tranche[:n], first[:n] = after.tranche, after.first
        taken = with_due_look(taken, design, disclosed, AT)
    read = readings(
        design, taken, disclosed, over_at=AT + timedelta(days=180), ends_at=design.ends_at
    )
    found = estimate_figures(
        design, disclosed, arms=ARMS, design=design, ratio_as_planned=True, k=k, read=read
    )
    return any(
        each.verdict is not IndicatorVerdict.INCONCLUSIVE for each in found.figures[0].contrasts
    )


@pytest.mark.deep_only
@one_size
@pytest.mark.parametrize(
    ("people", "share", "k"), [(64, 0.5, 5), (120, 0.2, 5), (200, 0.5, 11), (200, 0.2, 11)]
)
def test_what_is_disclosed_has_the_planned_error(
    people: int, share: float, k: int, record_property: Callable[[str, object], None]
) -> None:
    rng, trials = np.random.default_rng(20_261_128), 1_500
    error = sum(concludes(rng, people, share, k) for _ in range(trials)) / trials
    record_property("error", error)
    assert error <= 0.05 + 3 * sqrt(0.05 * 0.95 / trials)
