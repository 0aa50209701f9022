"""`make agreement`: a day of the demo region, minute by minute, every stop's board held against the
rules. Prints what was compared and what differs; the exit code is 1 where anything does.

`make agreement ARGS="--day 2026-03-29 --operators tao sncf --every 5"`
"""

import argparse
import asyncio
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_HERE = Path(__file__).parent
_MOBILITE = _HERE.parents[1] / "services" / "mobilite" / "tests"
sys.path[:0] = [str(_HERE), str(_MOBILITE / "support"), str(_MOBILITE / "references")]

from region_play import OperatorPlay, Tally  # noqa: E402

from demo.network.region import region  # noqa: E402

PARIS = ZoneInfo("Europe/Paris")
MAX_PRINTED = 5


def main() -> int:
    arguments = _parser().parse_args()
    operators = arguments.operators or [operator.id for operator in region()]
    started = time.perf_counter()
    total = Tally()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        days = [
            pool.submit(
                play_day,
                operator_id,
                arguments.day,
                arguments.every,
                arguments.limit,
                arguments.seed,
            )
            for operator_id in operators
        ]
        for operator_id, day in zip(operators, days, strict=True):
            found = day.result()
            print(f"{operator_id:10} {_summary(found)}", flush=True)
            for difference in found.differences[:MAX_PRINTED]:
                print(f"  {difference}")
            total.add(found)
    print(f"{'region':10} {_summary(total)} ({time.perf_counter() - started:.0f} s)")
    return 1 if total.differences else 0


def play_day(operator_id: str, day: date, every: int, limit: int, seed: int) -> Tally:
    """One operator's day, from its midnight to the next."""
    operator = next(each for each in region() if each.id == operator_id)
    now = datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=PARIS).astimezone(UTC)
    tally = Tally()

    async def play() -> None:
        nonlocal now
        while now < end:
            await one.minute(now)
            one.compare(one.rules.text.stops, tally, limit=limit)
            now += timedelta(minutes=every)

    with tempfile.TemporaryDirectory() as folder:
        one = OperatorPlay(operator, now, Path(folder), seed=seed)
        asyncio.run(play())
    return tally


def _summary(tally: Tally) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(tally.states.items()))
    return (
        f"{tally.boards:,} boards, {tally.lines:,} departures ({states}): "
        f"{len(tally.differences):,} differ"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agreement", description=__doc__)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 3, 3))
    parser.add_argument("--operators", nargs="+", help="all by default")
    parser.add_argument("--every", type=int, default=1, help="minutes between two looks (1)")
    parser.add_argument("--limit", type=int, default=10, help="departures a board (10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    return parser


if __name__ == "__main__":
    sys.exit(main())
