"""A pilot's report: how long it takes over a million uses, from the usage log to the page.

20,000 people of two arms, 50 uses each, on PostgreSQL with fsync; four indicators, one with a
baseline period, one of retention. `first look` reads the log, computes, signs and stores the
results; `again` reads the stored results.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final, TypeVar

from joserfc.jwk import ECKey

from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_time_of_tree
from pilotes.contributions.adapters import PostgresContributions
from pilotes.record.adapters.rows import protocol_json
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.report.adapters.report_pdf import report_pdf
from pilotes.report.api.report import report_page
from pilotes.report.domain.document import Document
from pilotes.report.flows.write_report import write_report
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.settings import PilotesSettings
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from pilotes.wiring.pages import make_pages
from pilotes.wiring.record import wire_desk
from socle.auth import ANONYMOUS, SigningKeys
from socle.clock import SystemClock
from socle.postgres import Pool, migrate, open_pool

PEOPLE: Final = 20_000
USES_PER_PERSON: Final = 50
PILOT: Final = PilotId("alertes")
T = TypeVar("T")
_INDICATORS: Final = (
    Indicator("suivi", "Suivi", "proportion", "use:rare", "up", "primary", 0.5, None, None, 14),
    Indicator("usages", "Usages", "mean", "use:frequent", "up", "secondary", before_days=7),
    Indicator("retour", "Retour", "retention", "return:frequent", "up", "secondary"),
    Indicator("attente", "Attente", "mean", "use:other", "down", "guardrail", bound=1.0),
)
_PILOT: Final = """
INSERT INTO pilot (pilot_id, revision, stage, field, title, description, processing,
    protocol_version, created_at, changed_at, changed_by, trial_at)
VALUES ($1, 1, 'evaluation', 'mobilite', 'Alertes', $2, '{}', 1, $3, $3, 'c', $3)
"""
_PEOPLE: Final = """
INSERT INTO cohort (pilot_id, pseudonym, first_exposure, arm)
SELECT $1, sha256(number::text::bytea), $2::timestamptz + number * interval '1 second',
    CASE number % 2 WHEN 0 THEN 'habituel' ELSE 'prevenu' END
FROM generate_series(1, $3::integer) AS number
"""
# A hash spreads the uses over 40 days: people differ, and every run of the benchmark is the same.
_USES: Final = """
INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds, cpu_seconds)
SELECT $1, participant, arm,
    CASE WHEN drawn % 100 < 2 THEN 'rare' WHEN drawn % 100 < 80 THEN 'frequent' ELSE 'other' END,
    date_trunc('second', first_exposure) + (drawn % 3456000) * interval '1 second' - interval '5 d',
    true, 1, 2000 + drawn % 1000, 0.01, 0.0009
FROM cohort, generate_series(1, $2::integer) AS number,
    LATERAL (SELECT abs(hashint8(participant * 1000 + number)::bigint) AS drawn) AS chance
"""


def main(options: Options) -> None:
    """Run the benchmark; print and save its table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        command = (sys.executable, "-m", "embedded", "postgres", "--data", str(folder), "--durable")
        server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
        stack.callback(server.terminate)
        assert server.stdout is not None
        row = asyncio.run(_report(json.loads(server.stdout.readline())["url"], server.pid))
    Report("pilot_report", "A pilot's report, seconds", [row]).show()


async def _report(database: str, server: int) -> dict[str, Cell]:
    async with AsyncExitStack() as stack:
        await migrate(database, "pilotes")
        pool = await stack.enter_async_context(open_pool(database, application_name="bench"))
        await _prepare(pool)
        keys = SigningKeys({"first": ECKey.generate_key("P-256")})
        settings = PilotesSettings(postgres=database, key="k" * 32, signing_keys=Path("none"))
        desk, signer = wire_desk(pool, keys, settings, SystemClock())
        compute = partial(
            write_report,
            PILOT,
            ANONYMOUS,
            desk=desk,
            store=PostgresFigures(pool),
            recruitment=PostgresRecruitment(pool),
            contributions=PostgresContributions(pool),
            read=signer.read,
            public=settings.public,
        )
        before = _cpu_seconds(server)
        first, document = await _timed(compute)
        between = _cpu_seconds(server)
        again, _ = await _timed(compute)
        cpu = between - before, _cpu_seconds(server) - between
        page, size = _page(document, settings.public)
        pdf, _ = await _timed(lambda: report_pdf(document))
        return measured(
            "pilot_report",
            {
                "uses": await pool.fetchval("SELECT count(*) FROM use"),
                "people": PEOPLE,
                "first look s": round(first, 3),
                "first look CPU s": round(cpu[0], 2),
                "again s": round(again, 3),
                "again CPU s": round(cpu[1], 2),
                "page s": round(page, 4),
                "page bytes": size,
                "PDF s": round(pdf, 3),
            },
        )


async def _prepare(pool: Pool) -> None:
    clock = SystemClock()
    started = clock.now() - timedelta(days=60)
    protocol = Protocol(
        version=1,
        arms=(Arm("habituel", "Habituel", 5000), Arm("prevenu", "Prévenu", 5000)),
        control="habituel",
        routes=("/mobilite/v1/stops",),
        eligibility="Tous",
        planned_per_arm=PEOPLE // 2,
        indicators=_INDICATORS,
        stopping_rule="Aucune",
        starts_at=started,
        ends_at=started + timedelta(days=90),
    )
    await pool.execute(_PILOT, PILOT, {"summary": "Un essai", "owner": "Région"}, started)
    await pool.execute(
        "INSERT INTO protocol VALUES ($1, 1, $2, '', '', $3, 'c', $3)",
        PILOT,
        protocol_json(protocol),
        started,
    )
    await pool.execute(_PEOPLE, PILOT, started, PEOPLE)
    await pool.execute(_USES, PILOT, USES_PER_PERSON)
    await pool.execute("VACUUM ANALYZE")


def _page(document: Document, public: str) -> tuple[float, int]:
    """The seconds that the page of a report takes, and its bytes."""
    pages, started = make_pages(public), perf_counter()
    size = len(report_page(pages, document, address="/r").body)
    return perf_counter() - started, size


def _cpu_seconds(server: int) -> float:
    """Of this program and of PostgreSQL. `server`: its process."""
    return process_time() + cpu_time_of_tree(server)


async def _timed(work: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    started = perf_counter()
    done = await work()
    return perf_counter() - started, done
