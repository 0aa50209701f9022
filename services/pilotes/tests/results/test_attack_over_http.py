"""An attacker who reads every public figure, by every filter and in every format, day after day."""

import csv
import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from figure_attacker import Attacker, smallest_group
from pilot_lab import COORDINATOR, Lab
from trial_people import ARM, CONTROL, PILOT, halves, leave, pseudonym, take_part

K, DAYS, A_DAY = 5, 9, 28
_MEMBERS = """
SELECT pseudonym, cohort.arm, tranche FROM shown_person JOIN cohort USING (participant)
WHERE tranche > 0
"""


async def read_all(lab: Lab) -> list[dict[str, Any]]:
    """Every row, by every filter and in every format, which must all agree."""
    body = (await lab.request("GET", f"/pilots/{PILOT}/indicators", who=COORDINATOR)).json
    lines = body["indicators"]
    for query in ("", f"?arm={ARM}", "?indicator=suivi", f"?arm={CONTROL}&indicator=suivi"):
        expected = [
            each
            for each in lines
            if f"arm={each['arm']}" in query or "arm=" not in query
            if f"indicator={each['indicator']}" in query or "indicator=" not in query
        ]
        answer = await lab.request("GET", f"/pilots/{PILOT}/indicators.csv{query}", who=COORDINATOR)
        rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert [row["people"] for row in rows] == [str(each["people"] or "") for each in expected]
        answer = await lab.request(
            "GET", f"/pilots/{PILOT}/indicators.parquet{query}", who=COORDINATOR
        )
        assert pq.read_table(io.BytesIO(answer.body)).to_pylist() == expected
    assert sum(body["people"].values()) >= max((each["people"] or 0) for each in lines)
    return [*lines, *({"indicator": "", "arm": a, "people": n} for a, n in body["people"].items())]


async def test_no_day_no_filter_and_no_form_gives_anybody_away(pilots: Lab) -> None:
    rng = np.random.default_rng(7)
    await pilots.reach_stage("trial")
    attacker, rows = Attacker(K), []
    coming = halves(DAYS * A_DAY, arm=0.6, control=0.4)
    for day in range(DAYS):
        some = coming[day * A_DAY : (day + 1) * A_DAY]
        await take_part(pilots, some, since=pilots.clock.now(), first=day * A_DAY)
        pilots.clock.advance(86_400)
    pilots.clock.advance(15 * 86_400)
    for day in range(DAYS):
        pilots.clock.advance(86_400)
        await leave(pilots, int(rng.integers(0, len(coming))), at=pilots.clock.now())
        for line in await read_all(pilots):
            people = line["people"] or 0
            attacker.read([((line["arm"] == ARM, line["indicator"], "all"), people)])
            if line["indicator"] == "suivi" and people:
                done = round(line["value"] * people)
                what = line["arm"] == ARM, "suivi"
                attacker.read([((*what, "did"), done), ((*what, "did not"), people - done)])
        for arm in (ARM, CONTROL):
            members = [row for row in await pilots.pool.fetch(_MEMBERS) if row["arm"] == arm]
            last = max((row["tranche"] for row in members), default=0)
            # On two days also points of the history: the people up to some tranches.
            cuts = sorted({row["tranche"] for row in members})[::2] if day in (2, 6) else []
            for cut in {*cuts, last}:
                visible = {row["pseudonym"] for row in members if row["tranche"] <= cut}
                everybody = range(len(coming))
                rows.append(
                    np.array([pseudonym(each) in visible for each in everybody], dtype=np.int64)
                )
    assert any(len(seen) > 3 for seen in attacker.figures.values()), "figures did change"
    assert attacker.found_by_numbers() == []
    assert smallest_group(np.array(rows), K) >= K
