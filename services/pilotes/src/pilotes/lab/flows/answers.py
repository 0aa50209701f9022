"""The five questions of a coordinator, answered at the top of the lab from what is below it: how
many joined this week, is anything wrong, does it work so far, what blocks the next stage, who has
to answer what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pilotes.lab.flows.summarise import PilotSummary
from pilotes.results.flows.get_results import PilotResults
from pilotes.statistics.domain.verdict import IndicatorVerdict

Answerer = Literal["opinions", "judge", "notice", "evaluation"]
"""Who has to answer what: the team to opinions, the Cr'Num to a trial or an amendment, the team
with a notice, the coordination at the end of a trial."""
Working = Literal["favourable", "unfavourable", "inconclusive", "waiting"]
"""What the primary indicator of a trial says so far. `waiting`: nothing yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that somebody waits for."""

    summary: PilotSummary
    type: Answerer


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to the five questions."""

    joined: int | None
    """People who came in seven days, in steps of k, less those who left; None: too few to be
    counted."""
    alarmed: Sequence[PilotSummary]
    """Those with an alarm."""
    working: Mapping[Working, Sequence[PilotSummary]]
    """Trials with results, under way or being evaluated. Only what some trial says."""
    blocked: Sequence[PilotSummary]
    """Those whose next stage lacks something."""
    waiting: Sequence[Waiting]


def answers_of(summaries: Sequence[PilotSummary]) -> Answers:
    """The answers from all pilots, in their order."""
    counted = [
        each.recruitment
        for each in summaries
        if each.pilot.stage == "trial" and each.recruitment and each.recruitment.now
    ]
    stated = [
        (working_of(each.results), each)
        for each in summaries
        if each.results and each.pilot.stage in ("trial", "evaluation")
    ]
    order: tuple[Working, ...] = ("unfavourable", "favourable", "inconclusive", "waiting")
    working = {name: [each for found, each in stated if found == name] for name in order}
    return Answers(
        sum(each.now - each.a_week_ago for each in counted) if counted else None,
        [each for each in summaries if each.alarms],
        {name: some for name, some in working.items() if some},
        [each for each in summaries if each.next_gate and each.next_gate.missing],
        [waiting for each in summaries for waiting in _waiting(each)],
    )


def working_of(results: PilotResults) -> Working:
    """What the primary indicator says of all arms: a harm first, then a benefit."""
    figures = results.figures
    primary = (each for each in figures.figures if each.indicator.role == "primary")
    contrasts = [each for figure in primary for each in figure.contrasts]
    if not contrasts:
        return "waiting"
    sound = [each for each in contrasts if figures.ratio_as_planned and not each.answers_differ]
    verdicts = {each.verdict for each in sound}
    if IndicatorVerdict.UNFAVOURABLE in verdicts:
        return "unfavourable"
    return "favourable" if IndicatorVerdict.FAVOURABLE in verdicts else "inconclusive"


def _waiting(summary: PilotSummary) -> Iterator[Waiting]:
    stage = summary.pilot.stage
    if summary.opinions and summary.opinions.waiting and stage != "closed":
        yield Waiting(summary, "opinions")
    if summary.awaited:
        yield Waiting(summary, "judge")
    if summary.amendment and not summary.amendment.missing:
        yield Waiting(summary, "notice")
    if stage == "evaluation":
        yield Waiting(summary, "evaluation")
