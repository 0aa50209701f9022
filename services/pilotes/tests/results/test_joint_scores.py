"""Two thresholds on one questionnaire score do not tell the answers between them."""

from dataclasses import replace

import numpy as np

from pilotes.disclosure.domain.tranches import DisclosedFigures, Population, disclose_next
from pilotes.record.domain.protocol import Indicator
from pilotes.results.flows.get_results import TrialDesign, _measures
from pilotes.usage.domain.measures import Answers, measure_name
from pilotes.usage.ports import Log

K, PEOPLE = 5, 60
HIGH = Indicator(
    "high", "SUS", "proportion", "survey:sortie:sus", "up", "primary", 0.5, at_least=70
)
HIGHER = replace(HIGH, id="higher", role="secondary", at_least=72.5)
DESIGN = TrialDesign((), ("temoin", "bras"), PEOPLE // 2, K)


def disclosed(scores: np.ndarray) -> list[tuple[int, ...]]:
    """By indicator, the people of each arm at its threshold; empty while it is not disclosed."""
    everybody, nothing = np.arange(PEOPLE), np.zeros(PEOPLE, dtype=np.int64)
    answers = {
        each.id: Answers(
            everybody, (scores >= (each.at_least or 0)).astype(float), np.full(PEOPLE, np.nan)
        )
        for each in (HIGH, HIGHER)
    }
    log = Log(everybody, answers, {}, {})
    found, _ = disclose_next(
        DisclosedFigures(),
        Population(everybody % 2, nothing, nothing),
        _measures(log, (HIGH, HIGHER), everybody, DisclosedFigures(), DESIGN),
        arms=2,
        k=K,
    )
    groups = (found.groups[measure_name(each)] for each in (HIGH, HIGHER))
    return [tuple(cells[1] for cells in some[0].cells) if some else () for some in groups]


def test_one_person_between_two_thresholds_is_not_isolated() -> None:
    scores = np.where(np.arange(PEOPLE) < 24, 80.0, 40.0)
    scores[0] = 70.0
    assert disclosed(scores) == [(), ()]


def test_k_people_between_two_thresholds_are_disclosed() -> None:
    scores = np.where(np.arange(PEOPLE) < 24, 80.0, 40.0)
    scores[: 2 * K] = 70.0
    assert disclosed(scores) == [(12, 12), (7, 7)]
