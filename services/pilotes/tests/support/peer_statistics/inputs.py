"""The inputs of the comparison, for both environments: the standard library's generator draws the
same numbers in every version of Python.
"""

from dataclasses import dataclass
from functools import cache
from math import e, log, log1p, sqrt
from random import Random
from typing import Final

SEED: Final = "20261129"
ALPHA: Final = 0.05
PLANNED: Final = 400
"""Participants that intervals valid at any time are tuned to."""
TIMES: Final = (10, 20, 50, 100, 200, 400, 800)
"""Participants at the looks at a path."""
FRACTIONS: Final = (0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Participants so far, over those planned."""
LEVELS: Final = (0.05, 0.01)
SCORES: Final = (0.0, 0.5, 1.0, 2.0, 3.04, 6.0)
"""Differences, in standard errors."""
SHARES_UP_TO: Final = 40
"""People of whom every number of successes is tried."""
SMALL_ARMS: Final = (60, 120)
"""People of an arm beside a control of 1,500."""
EFFECTS: Final = (0.0, 3.0)
"""Effects that are added to an arm whose outcome is adjusted."""
COHORTS: Final = (20, 300)
"""People of whom it is known how long they stayed."""
ALLOCATIONS: Final = (
    ((480, 520), (1.0, 1.0)),
    ((900, 130), (9.0, 1.0)),
    ((340, 300, 390), (1.0, 1.0, 1.0)),
)
"""People of each arm, and the weights of the arms."""


def uniforms(name: str, many: int) -> list[float]:
    """Numbers from 0 to 1 that depend on the name alone."""
    draw = Random(f"{SEED} {name}")
    return [draw.random() for _ in range(many)]


def exponentials(name: str, many: int, mean: float) -> list[float]:
    """Rounded, so that another libm gives the same numbers."""
    return [round(-mean * log1p(-each), 3) for each in uniforms(name, many)]


@cache
def bounded_paths() -> dict[str, tuple[list[float], float]]:
    """Outcomes from 0 to 1, in the order of the participants, and their mean in the population."""
    share = [float(each < 0.3) for each in uniforms("share", TIMES[-1])]
    rare = [float(each < 0.03) for each in uniforms("rare", TIMES[-1])]
    thirds = [uniforms(f"third {at}", TIMES[-1]) for at in range(3)]
    score = [round(sum(each) / 3, 2) for each in zip(*thirds, strict=True)]
    # int(-log(1 - u)) is geometric: P(k or more) = exp(-k).
    counts = [min(int(-log1p(-each)), 5) / 5 for each in uniforms("counts", TIMES[-1])]
    mean = sum(e**-least for least in range(1, 6)) / 5
    return {
        "a share of 30 %": (share, 0.3),
        "a share of 3 %": (rare, 0.03),
        "a score": (score, 0.5),
        "counts up to 5": (counts, mean),
    }


def bets_on(mean: float) -> list[float]:
    """The bets of `pilotes.statistics.domain.bounded_means` on a mean above this one, as shares of
    what can be lost."""
    first = sqrt(2 * log(2 / ALPHA) / PLANNED * mean / (1 - mean))
    return [min(first * 2**step, 0.9) for step in range(6)]


def means_around(truth: float) -> tuple[float, ...]:
    """Means that are tried against a path with this mean."""
    return truth / 2, truth, (1 + 2 * truth) / 3


@dataclass(frozen=True)
class Arm:
    """One arm: a number for each participant, in order."""

    outcome: list[float]
    paired: list[float]
    """The outcome before enrolment, or the denominator of a ratio."""

    def first(self, n: int) -> "Arm":
        """The arm when it had `n` participants."""
        return Arm(self.outcome[:n], self.paired[:n])


def skewed_arms() -> tuple[Arm, Arm]:
    """Exponential outcomes of an arm and of control, of 1.2 and 1.0 on average."""
    arm, control = exponentials("arm", 1_400, 1.2), exponentials("control", 1_500, 1.0)
    return Arm(arm, []), Arm(control, [])


def share_arms() -> tuple[Arm, Arm]:
    """Outcomes of 0 or 1, of 36 and 30 %."""
    arm = [float(each < 0.36) for each in uniforms("arm", 1_400)]
    return Arm(arm, []), Arm([float(each < 0.3) for each in uniforms("control", 1_500)], [])


def ratio_arms() -> tuple[Arm, Arm]:
    """Uses that succeeded, and all uses: some people succeed more often, and use more."""
    arms = []
    for name, chance, people in (("arm", 0.35, 700), ("control", 0.3, 800)):
        uses = [1 + int(each) for each in exponentials(f"uses {name}", people, 3.0)]
        draw = Random(f"{SEED} successes {name}")
        succeeded = [
            float(sum(draw.random() < chance + min(many, 10) / 50 for _ in range(many)))
            for many in uses
        ]
        arms.append(Arm(succeeded, [float(each) for each in uses]))
    return arms[0], arms[1]


def adjusted_arms(effect: float) -> tuple[Arm, Arm]:
    """Outcomes that the outcome before enrolment explains, and the effect added to one arm."""
    arms = []
    for name, shift, people in (("arm", effect, 600), ("control", 0.0, 650)):
        before = [float(int(each)) for each in exponentials(f"before {name}", people, 3.0)]
        noise = zip(*(uniforms(f"noise {name} {at}", people) for at in range(6)), strict=True)
        after = [
            round(0.8 * each + shift + sum(six) - 3, 3)
            for each, six in zip(before, noise, strict=True)
        ]
        arms.append(Arm(after, before))
    return arms[0], arms[1]


def stays(people: int) -> tuple[list[int], list[bool]]:
    """Days until each person left, or until their follow-up ended; and whether they left."""
    left = [int(each) for each in exponentials("left", people, 15.0)]
    followed = [5 + int(24 * each) for each in uniforms("followed", people)]
    days = [min(pair) for pair in zip(left, followed, strict=True)]
    return days, [gone <= until for gone, until in zip(left, followed, strict=True)]
