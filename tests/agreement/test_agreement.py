"""Boards of the demo region agree with the rules, at the hours when most can go wrong.

`make agreement` compares every stop at every minute of a day; here are its hardest minutes.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from region_play import OperatorPlay, Tally

from demo.network.region import region

PARIS = ZoneInfo("Europe/Paris")
OPERATORS = {operator.id: operator for operator in region()}


def at(day: str, *clocks: str) -> list[datetime]:
    return [datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=PARIS) for clock in clocks]


TUESDAY = at("2026-03-03", "07:58", "07:59", "08:07", "08:33", "08:50", "19:59", "20:00", "20:16")
MIDNIGHT = at("2026-03-06", "23:58", "23:59") + at("2026-03-07", "00:00", "00:01", "03:00", "04:30")
CLOCK_CHANGE = at("2026-03-29", "00:30", "01:59", "03:01", "05:45", "10:00")
MINUTES = {"Tuesday": TUESDAY, "midnight": MIDNIGHT, "clock change": CLOCK_CHANGE}


async def played(
    operator_id: str, minutes: list[datetime], folder: Path, *, stops: int
) -> tuple[OperatorPlay, Tally]:
    """An operator's boards at those minutes: of some `stops`, and where works are."""
    play, tally = OperatorPlay(OPERATORS[operator_id], minutes[0].astimezone(UTC), folder), Tally()
    every = play.rules.text.stops
    stations = [stop for stop in every if stop in play.rules.text.parents.values()]
    works = [stop for stop in every if stop.endswith("-bus-a")]
    chosen = {*stations[: stops // 2], *works, *Random(1).sample(every, min(stops, len(every)))}
    for minute in minutes:
        await play.minute(minute.astimezone(UTC))
        play.compare(sorted(chosen), tally)
    return play, tally


@pytest.mark.parametrize(
    ("operator_id", "when"),
    [
        ("sncf", "Tuesday"),
        ("sncf", "midnight"),
        ("sncf", "clock change"),
        ("tao", "midnight"),
        ("azalys", "Tuesday"),
        ("filibus", "Tuesday"),
    ],
)
async def test_boards_agree_with_the_rules(operator_id: str, when: str, tmp_path: Path) -> None:
    _, tally = await played(operator_id, MINUTES[when], tmp_path, stops=40)
    assert tally.differences == []
    assert tally.lines > 500


async def test_the_hours_played_hold_every_state_of_a_departure(tmp_path: Path) -> None:
    total = Tally()
    for operator_id in ("tao", "agglobus"):
        _, tally = await played(operator_id, TUESDAY[1:5], tmp_path, stops=25)
        total.add(tally)
    assert total.differences == []
    actual = {"scheduled", "predicted", "no_data", "stale", "skipped", "cancelled", "added"}
    assert total.states.keys() == actual


async def test_a_board_that_differs_is_detected(tmp_path: Path) -> None:
    play, _ = await played("azalys", TUESDAY[4:5], tmp_path, stops=10)
    other = OperatorPlay(OPERATORS["azalys"], TUESDAY[4].astimezone(UTC), tmp_path, seed=2)
    await other.minute(TUESDAY[4].astimezone(UTC))
    play.rules, tally = other.rules, Tally()
    play.compare(play.rules.text.stops, tally)
    assert len(tally.differences) > 10


async def test_the_list_of_feeds_agrees(tmp_path: Path) -> None:
    hour = [TUESDAY[2] + timedelta(minutes=minute) for minute in range(0, 66, 6)]
    states: dict[str, list[str]] = {}
    for operator_id, operator in OPERATORS.items():
        if operator_id in ("tao", "filbleu", "filibus"):
            continue  # never silent
        play = OperatorPlay(operator, hour[0].astimezone(UTC), tmp_path)
        for minute in hour:
            await play.poll(minute.astimezone(UTC))
            source = play.feed()["real_time"][0]
            states.setdefault(operator_id, []).append(source["state"])
            assert source["unmatched"] == source["mismatched"] == source["misassigned"] == 0
            assert (source["matched"] > 0) == (operator_id != "remi")
            assert (source["carries"] == ["alerts"]) == (operator_id == "remi")
    for nth in range(1, len(hour)):
        silent = {operator_id for operator_id, actual in states.items() if actual[nth] != "live"}
        assert silent
        assert silent <= {"azalys", "agglobus"}
