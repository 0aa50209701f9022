"""What an operator asks of the record on the command line, beside its roles.

    python -m pilotes verify [--head NUMBER:HASH]     is every decision what was signed?
    python -m pilotes prove-erasure PILOT             is a closed pilot's salt gone?
    python -m pilotes recompute PILOT                 are its figures what its log says?
    python -m pilotes rehearse --seed N [--invitations FILE]
                                                      live months of three pilots, for a demo

They exit 0 where it holds, 1 where it does not, 64 and 78 as services do, 75 where something is
away.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.adapters.salt_traces import EverySaltTrace
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.prove_erasure import prove_erasure
from pilotes.record.flows.verify_record import verify_record
from pilotes.settings import PilotesSettings
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.flows.recompute import recompute
from pilotes.wiring.record import wire_desk
from pilotes.wiring.resources import NAME
from socle.auth import read_signing_keys
from socle.errors import Refusal, Retry
from socle.postgres import Pool, open_pool
from socle.settings import PlatformSettings, SettingsError, load

Command = Callable[[argparse.Namespace, PilotesSettings, Pool], Awaitable[int]]
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


async def _verify(asked: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    verdict = await verify_record(
        ledgers=PostgresLedgers(pool), read=DecisionSigner(keys).read, head=asked.head
    )
    number, last = verdict.head
    _say(f"{verdict.decisions} décisions, {verdict.pilots} pilotes.")
    if number:
        _say(f"La dernière : {number}:{last}")
    for each in verdict.unsigned:
        _say(f"sans signature  {each}")
    for each in verdict.wrong:
        _say(f"FAUX  {each}")
    _say("Tout tient." if not verdict.wrong else f"{len(verdict.wrong)} anomalies.")
    return 1 if verdict.wrong else os.EX_OK


async def _prove_erasure(asked: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    platform = load(PlatformSettings)
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, signer = wire_desk(pool, keys, settings, platform.clock())
    traces = EverySaltTrace(pool, platform.kafka)
    pilot = PilotId(asked.pilot)
    proof = await prove_erasure(pilot, records=desk.records, traces=traces, read=signer.read)
    for good, sentence in proof.lines:
        _say(f"{'oui  ' if good else 'NON  '} {sentence}")
    _say("L'effacement est prouvé." if proof.holds else "L'effacement n'est pas prouvé.")
    return os.EX_OK if proof.holds else 1


async def _recompute(asked: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    clock = load(PlatformSettings).clock()
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, _ = wire_desk(pool, keys, settings, clock)
    found = await recompute(
        PilotId(asked.pilot), records=desk.records, facts=PostgresFacts(pool), clock=clock
    )
    for name, participants in sorted(found.participants.items()):
        _say(f"{name} : {participants} participants au terme de leur fenêtre")
    if found.mended:
        _say(f"{found.mended} participants ne suivaient pas le journal : corrigés.")
    _say("Les chiffres sont les mêmes." if found.same else "Les chiffres ont changé.")
    return os.EX_OK if found.same and not found.mended else 1


async def _rehearse(asked: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    # Imported here: nobody else pays for it.
    from pilotes.wiring.rehearsal import rehearse_pilots, write_invitations

    codes = await rehearse_pilots(pool, settings, load(PlatformSettings), seed=asked.seed)
    if asked.invitations is not None:
        write_invitations(asked.invitations, codes)
    return os.EX_OK


COMMANDS: Final[dict[str, Command]] = {
    "verify": _verify,
    "prove-erasure": _prove_erasure,
    "recompute": _recompute,
    "rehearse": _rehearse,
}


def run_command(words: Sequence[str]) -> int:
    """Do what the command line asks. `words`: the command first."""
    asked = _parser().parse_args(words)
    try:
        settings = load(PilotesSettings)
        return asyncio.run(_with_database(COMMANDS[asked.command], asked, settings))
    except SettingsError as error:
        sys.stderr.write("".join(f"  {problem}\n" for problem in error.problems))
        return os.EX_CONFIG
    except Retry as retry:
        sys.stderr.write(f"{retry.message}\n")
        return os.EX_TEMPFAIL
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message}\n")
        return 1


async def _with_database(
    command: Command, asked: argparse.Namespace, settings: PilotesSettings
) -> int:
    async with AsyncExitStack() as stack:
        database = settings.postgres.get_secret_value()
        pool = await stack.enter_async_context(open_pool(database, application_name=NAME))
        return await command(asked, settings, pool)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=f"python -m {NAME}")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="vérifier toutes les décisions")
    verify.add_argument("--head", type=_head, help="NUMÉRO:EMPREINTE d'une décision déjà connue")
    prove = commands.add_parser("prove-erasure", help="prouver qu'un sel est détruit")
    prove.add_argument("pilot", help="le nom du pilote")
    again = commands.add_parser("recompute", help="recalculer les chiffres d'après le journal")
    again.add_argument("pilot", help="le nom du pilote")
    rehearse = commands.add_parser(
        "rehearse", help="vivre quatre mois de trois pilotes inventés (jamais en production)"
    )
    rehearse.add_argument("--seed", type=int, required=True, help="graine : les mêmes mois")
    rehearse.add_argument(
        "--invitations", type=Path, help="fichier où écrire un code de chaque pilote ouvert"
    )
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{message}\n")
        sys.exit(os.EX_USAGE)


def _head(text: str) -> tuple[int, str]:
    found = _HEAD.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("un numéro et une empreinte sont attendus : 12:0af…")
    return int(found.group(1)), found.group(2)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
