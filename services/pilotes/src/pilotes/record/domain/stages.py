"""The stages of a pilot, which follow which, and what the gateway is told meanwhile.

    idea → codesign → ready → opinion → trial → evaluation → generalise | iterate | stop → closed

A pilot may be taken back to co-design until its trial, and stopped; what was tried is always
evaluated. Whoever iterates begins another pilot, with another salt: nobody's past is carried over.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Stage = Literal[
    "idea",
    "codesign",
    "ready",
    "opinion",
    "trial",
    "evaluation",
    "generalise",
    "iterate",
    "stop",
    "closed",
]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

State = Literal["draft", "running", "paused", "closed"]

NEXT: Final[Mapping[Stage, tuple[Stage, ...]]] = {
    "idea": ("codesign", "stop"),
    "codesign": ("ready", "stop"),
    "ready": ("opinion", "codesign", "stop"),
    "opinion": ("trial", "codesign", "stop"),
    "trial": ("evaluation",),
    "evaluation": ("generalise", "iterate", "stop"),
    "generalise": ("closed",),
    "iterate": ("closed",),
    "stop": ("closed",),
    "closed": (),
}

LABELS: Final[Mapping[Stage, str]] = {
    "idea": "idée",
    "codesign": "co-conception",
    "ready": "prêt",
    "opinion": "avis du Cr'Num",
    "trial": "expérimentation",
    "evaluation": "évaluation",
    "generalise": "généralisation",
    "iterate": "nouvelle itération",
    "stop": "arrêt",
    "closed": "clos",
}

BEFORE_TRIAL: Final = frozenset[Stage]({"idea", "codesign", "ready", "opinion"})


def state_of(stage: Stage, *, paused: bool) -> State:
    """What the gateway is told: arms are given at the stage of trial alone."""
    if stage == "trial":
        return "paused" if paused else "running"
    return "draft" if stage in BEFORE_TRIAL else "closed"


def needs_reason(start: Stage, end: Stage) -> bool:
    """Whether that step is one somebody will ask about: back, or out before a trial."""
    return end == "stop" or (end == "codesign" and start != "idea")
