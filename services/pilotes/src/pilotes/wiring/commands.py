"""The commands of an operator, on the command line of the service.

    python -m pilotes verify [--head NUMBER:HASH]     verify every signed decision
    python -m pilotes prove-erasure PILOT             prove that a closed pilot's salt is gone
    python -m pilotes recompute PILOT                 derive its outcomes from the log again
    python -m pilotes rehearse --seed N [--invitations FILE]
                                                      rehearse months of three pilots

Exit codes: 0 verified or done, 1 not verified, corrected or refused, 64 and 78 as for services, 75
if the database or the bus is unavailable.
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
from pilotes.record.adapters.salt_traces import SaltTraceSearch
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
_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


async def _verify(arguments: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    verification = await verify_record(
        ledgers=PostgresLedgers(pool), read=DecisionSigner(keys).read, head=arguments.head
    )
    number, last = verification.head
    _print_line(f"{verification.decisions} décisions, {verification.pilots} pilotes.")
    if number:
        _print_line(f"La dernière : {number}:{last}")
    for each in verification.unsigned:
        _print_line(f"sans signature  {each}")
    for each in verification.errors:
        _print_line(f"FAUX  {each}")
    _print_line(
        "Tout tient." if not verification.errors else f"{len(verification.errors)} anomalies."
    )
    return 1 if verification.errors else os.EX_OK


async def _prove_erasure(
    arguments: argparse.Namespace, settings: PilotesSettings, pool: Pool
) -> int:
    platform = load(PlatformSettings)
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, signer = wire_desk(pool, keys, settings, platform.clock())
    traces = SaltTraceSearch(pool, platform.kafka)
    pilot = PilotId(arguments.pilot)
    proof = await prove_erasure(pilot, records=desk.records, traces=traces, read=signer.read)
    for good, sentence in proof.lines:
        _print_line(f"{'oui  ' if good else 'NON  '} {sentence}")
    _print_line("L'effacement est prouvé." if proof.holds else "L'effacement n'est pas prouvé.")
    return os.EX_OK if proof.holds else 1


async def _recompute(arguments: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    clock = load(PlatformSettings).clock()
    keys = read_signing_keys(settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, _ = wire_desk(pool, keys, settings, clock)
    found = await recompute(
        PilotId(arguments.pilot), records=desk.records, facts=PostgresFacts(pool), clock=clock
    )
    for name, participants in sorted(found.participants.items()):
        _print_line(f"{name} : {participants} participants au terme de leur fenêtre")
    if found.corrected:
        _print_line(f"{found.corrected} participants ne suivaient pas le journal : corrigés.")
    _print_line("Les chiffres sont les mêmes." if found.same else "Les chiffres ont changé.")
    return os.EX_OK if found.same and not found.corrected else 1


async def _rehearse(arguments: argparse.Namespace, settings: PilotesSettings, pool: Pool) -> int:
    # Imported here: no other command needs it.
    from pilotes.wiring.rehearsal import rehearse_pilots, write_invitations

    codes = await rehearse_pilots(pool, settings, load(PlatformSettings), seed=arguments.seed)
    if arguments.invitations is not None:
        write_invitations(arguments.invitations, codes)
    return os.EX_OK


COMMANDS: Final[dict[str, Command]] = {
    "verify": _verify,
    "prove-erasure": _prove_erasure,
    "recompute": _recompute,
    "rehearse": _rehearse,
}


def run_command(words: Sequence[str]) -> int:
    """Run a command. Returns its exit code. `words`: the command line, the command first."""
    arguments = _parser().parse_args(words)
    try:
        settings = load(PilotesSettings)
        return asyncio.run(_with_database(COMMANDS[arguments.command], arguments, settings))
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
    command: Command, arguments: argparse.Namespace, settings: PilotesSettings
) -> int:
    async with AsyncExitStack() as stack:
        database = settings.postgres.get_secret_value()
        pool = await stack.enter_async_context(open_pool(database, application_name=NAME))
        return await command(arguments, settings, pool)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=f"python -m {NAME}")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="vérifier toutes les décisions")
    verify.add_argument("--head", type=_head, help="NUMÉRO:EMPREINTE d'une décision déjà connue")
    prove = commands.add_parser("prove-erasure", help="prouver qu'un sel est détruit")
    prove.add_argument("pilot", help="le nom du pilote")
    recompute_parser = commands.add_parser(
        "recompute", help="recalculer les chiffres d'après le journal"
    )
    recompute_parser.add_argument("pilot", help="le nom du pilote")
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
    """The number and the hash of a decision. Raises ArgumentTypeError."""
    found = _HEAD.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("un numéro et une empreinte sont attendus : 12:0af…")
    return int(found.group(1)), found.group(2)


def _print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
