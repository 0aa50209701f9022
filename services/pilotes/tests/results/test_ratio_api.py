"""A ratio of two facts, and a share beyond a threshold, from the log of uses to their figures; and
what the disclosure of a ratio requires."""

from typing import Any

import numpy as np
import pytest
from pilot_lab import HOLDER, PROTOCOL, Lab
from trial_people import ARM, CONTROL, PILOT, take_part

from pilotes.disclosure.domain.tranches import DisclosedFigures, Population, disclose_next
from pilotes.record.domain.protocol import Indicator
from pilotes.usage.domain.measures import Answers, measure_of

READ: dict[str, Any] = {
    "id": "lus",
    "label": "Rappels lus, sur les rappels envoyés",
    "kind": "ratio",
    "source": "use:reminder-read",
    "denominator": "use:reminder-sent",
    "direction": "up",
    "role": "secondary",
    "window_days": 14,
}
OFTEN: dict[str, Any] = {
    "id": "souvent",
    "label": "A reçu neuf rappels ou plus",
    "kind": "proportion",
    "source": "use:reminder-sent",
    "at_least": 9,
    "direction": "up",
    "role": "secondary",
    "window_days": 14,
}
_USES = """
INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds)
SELECT pilot_id, participant, arm, $1, first_exposure + interval '2 days', true,
    $2 + participant % 3 + CASE WHEN arm = $3 THEN $4 ELSE 0 END, 2000, 0.01
FROM cohort
"""


async def test_a_ratio_is_counted_from_the_log_to_its_figures(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROTOCOL, "indicators", [PROTOCOL["indicators"][0], READ, OFTEN])
    await pilots.pool.execute(
        "INSERT INTO seen_fact VALUES ('reminder-sent', 'infinity'), ('reminder-read', 'infinity')"
    )
    await pilots.reach_stage("trial")
    await take_part(pilots, [(ARM, 1), (CONTROL, 0)] * 60, since=pilots.clock.now())
    # 8 to 10 were sent to everybody; 2 to 4 were read, 2 more on the arm.
    await pilots.pool.execute(_USES, "reminder-sent", 8, ARM, 0)
    await pilots.pool.execute(_USES, "reminder-read", 2, ARM, 2)
    pilots.clock.advance(40 * 86_400)
    answer = await pilots.request("GET", f"/pilots/{PILOT}/indicators", who=HOLDER)
    rows = {(each["indicator"], each["arm"]): each for each in answer.json["indicators"]}
    arm, control, often = (
        rows[each] for each in (("lus", ARM), ("lus", CONTROL), ("souvent", CONTROL))
    )
    # 9 or 10 of the 8 to 10: the median is at least 9.
    assert (often["value"], often["at_least"]) == (round(2 / 3, 4), 9)
    assert (arm["people"], arm["denominator"]) == (60, "use:reminder-sent")
    assert (control["value"], arm["value"]) == (round(3 / 9, 4), round(5 / 9, 4))
    assert arm["difference"] == pytest.approx(2 / 9, abs=1e-4)
    assert 0 < arm["difference_low"] < arm["difference"] < arm["difference_high"]
    assert arm["once_low"] < arm["value"] < arm["once_high"]
    assert (arm["low"], arm["verdict"]) == (None, "favorable")
    page = (await pilots.request("GET", f"/pilots/{PILOT}/report", who=HOLDER)).body.decode()
    assert "(rapport\u00a0: pas de marge)" in page
    assert "la médiane est d’au moins 9." in page


@pytest.mark.parametrize(
    ("uses", "successes", "disclosable"),
    [
        ([3] * 10, [1] * 10, True),
        # One person was sent, or read, as many as all others together.
        ([50, *[3] * 9], [1] * 10, False),
        ([50] * 10, [30, *[1] * 9], False),
        # Two were sent none; two read none.
        ([0, 0, *[3] * 8], [1] * 10, False),
        ([3] * 10, [0, 0, *[1] * 8], False),
        ([3] * 10, [*[0] * 5, *[1] * 5], True),
        ([*[0] * 5, *[3] * 5], [*[0] * 5, *[1] * 5], True),
    ],
)
def test_a_ratio_is_disclosed_of_k_people_whom_none_dominates(
    uses: list[int], successes: list[int], disclosable: bool
) -> None:
    who, arm = np.arange(20), np.repeat([0, 1], 10)
    found = Answers(who, np.array(successes * 2, dtype=float), np.array(uses * 2, dtype=float))
    indicator = Indicator(**READ)
    people = Population(arm, np.zeros(20, dtype=int), np.zeros(20, dtype=int))
    disclosed, _ = disclose_next(
        DisclosedFigures(), people, {"lus": measure_of(indicator, who, found)}, arms=2, k=5
    )
    assert bool(disclosed.groups["lus"]) is disclosable
