"""The commands of an operator, on the command line of the service.

    python -m esante verify-traces [--head NUMBER:HASH]     verify the chain of access traces

Exit codes: 0 verified, 1 not verified, 64 and 78 as for services, 75 if the database is
unavailable.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from esante.settings import EsanteSettings
from esante.traces.adapters.trace_store import TraceStore
from esante.traces.domain.chain import ChainPosition, ChainVerification, verify_chain
from socle.errors import Retry
from socle.postgres import Pool, open_pool
from socle.settings import SettingsError, load

COMMANDS: Final = ("verify-traces",)
_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


async def verify_traces(pool: Pool, *, known: ChainPosition | None = None) -> ChainVerification:
    """Verify the stored chain. `known`: a former head, which it must still contain."""
    store = TraceStore(pool)
    anchor, head = await store.find_ends()
    links = store.list_links(after=anchor.number, until=head.number)
    return await verify_chain(links, anchor=anchor, head=head, known=known)


def run_command(words: Sequence[str]) -> int:
    """Run a command. Returns its exit code. `words`: the command line, the command first."""
    parser = argparse.ArgumentParser(prog="python -m esante")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify-traces", help="vérifier la chaîne des traces d'accès")
    verify.add_argument("--head", type=_head, help="NUMÉRO:EMPREINTE d'une trace déjà connue")
    arguments = parser.parse_args(words)
    try:
        return asyncio.run(_verify(load(EsanteSettings), arguments.head))
    except SettingsError as error:
        sys.stderr.write("".join(f"  {problem}\n" for problem in error.problems))
        return os.EX_CONFIG
    except Retry as retry:
        sys.stderr.write(f"{retry.message}\n")
        return os.EX_TEMPFAIL


async def _verify(settings: EsanteSettings, known: ChainPosition | None) -> int:
    database = settings.postgres.get_secret_value()
    async with open_pool(database, application_name="esante-verify") as pool:
        found = await verify_traces(pool, known=known)
    sys.stdout.write(f"{found.traces} traces.\n")
    if found.error is not None:
        sys.stdout.write(f"FAUX  {found.error}\n")
        return 1
    sys.stdout.write(f"La dernière : {found.head.number}:{found.head.hash.hex()}\nTout tient.\n")
    return os.EX_OK


def _head(text: str) -> ChainPosition:
    """The number and the hash of a trace. Raises ArgumentTypeError."""
    found = _HEAD.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("un numéro et une empreinte sont attendus : 12:0af…")
    return ChainPosition(int(found.group(1)), bytes.fromhex(found.group(2)))
