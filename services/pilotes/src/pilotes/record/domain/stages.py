"""The stages of a pilot, their order, and the state announced to the gateway at each.

    idea → codesign → ready → opinion → trial → evaluation → generalise | iterate | stop → closed

Until its trial a pilot can return to co-design or stop; a trial is always evaluated. An iteration
is another pilot with another salt: its participants enrol anew.
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
"""The state that is announced to the gateway (`PilotV1.state`)."""

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
    "trial": "essai",
    "evaluation": "évaluation",
    "generalise": "généralisation",
    "iterate": "nouvelle itération",
    "stop": "arrêt",
    "closed": "clos",
}

BEFORE_TRIAL: Final = frozenset[Stage]({"idea", "codesign", "ready", "opinion"})


def state_of(stage: Stage, *, paused: bool) -> State:
    """The state that is announced to the gateway: arms are served only at the stage of trial."""
    if stage == "trial":
        return "paused" if paused else "running"
    return "draft" if stage in BEFORE_TRIAL else "closed"


def needs_reason(start: Stage, end: Stage) -> bool:
    """Whether the step requires a reason: a return to co-design, or a stop."""
    return end == "stop" or (end == "codesign" and start != "idea")
