"""Addresses of a region: packing a file of the Base adresse nationale, and completions from it.

The file is invented: 1.3 million lines in 1,700 communes, as a French region has. Half of the
streets have names that many towns share, the others names of their own. The packing process is the
one of the role; completions are searched in this process.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from time import perf_counter

from bench.measuring.completions import completion_row
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report
from bench.measuring.timing import resident_megabytes
from demo.network.data_files import read
from mobilite.addresses.adapters.address_index import PackedAddressIndex
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import JobResult, ProcessLimits

LINES = 1_300_000
_COMMUNES = 1_700
_QUERIES = 600
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SYLLABLES = (
    "ba bel bou cha cour dan fer gou gran jar lan len mar mon nou pin ran ri sau ta ver vil"
)
_HEADER = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat\n"
_LIMITS = ProcessLimits(memory_bytes=2 << 30, cpu_seconds=3600, seconds=3600.0, file_bytes=8 << 30)

Street = tuple[str, str, str]
"""Its name, and the name and the postcode of its commune."""


def main(options: Options) -> None:
    """Measure; print and save the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        streets = list(_write_file(folder / "ban.csv"))
        started = perf_counter()
        result = asyncio.run(_pack(folder))
        packing = perf_counter() - started
        before = resident_megabytes()
        started = perf_counter()
        index = PackedAddressIndex(folder / "ban.addresses")
        opening = perf_counter() - started
        added = resident_megabytes() - before
        rows = list(_rows(index, streets))
        sizes = [(folder / each).stat().st_size / 2**20 for each in ("ban.csv", "ban.addresses")]
    notes = (
        f"{result.answer['packed']}: {sizes[0]:.0f} MB of CSV in {packing:.0f} s, peak "
        f"{result.answer['peak_bytes'] >> 20} MB, {sizes[1]:.0f} MB on disk",
        f"opened in {opening * 1000:.0f} ms, {added:.0f} MB of memory; after the queries "
        f"{resident_megabytes() - before:.0f} MB, with the pages of the file",
    )
    Report("addresses", "A completion of an address, in process", rows, notes).show()


async def _pack(folder: Path) -> JobResult:
    server = ForkServer("mobilite.addresses.adapters.ban_worker")
    job = {"sources": [str(folder / "ban.csv")], "path": str(folder / "ban.addresses")}
    try:
        return await server.run(job, _LIMITS)
    finally:
        await server.close()


def _write_file(path: Path) -> Iterator[Street]:
    """Write the file; yields its streets."""
    random, count, number = Random(1), 0, 0
    shared = read("names")["stops"]["names"]
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for commune in range(_COMMUNES):
            name, code = f"{_own_name(random)}-{_own_name(random)}", f"{45_000 + commune:05}"
            lat, lon = 46.5 + random.random() * 2, 0.5 + random.random() * 2.5
            # Some communes are large.
            houses = int(LINES / _COMMUNES * random.paretovariate(1.2) / 6)
            if commune == _COMMUNES - 1:
                houses = max(houses, LINES - count)
            first = count
            while count < min(LINES, first + houses):
                number += 1
                street_type = random.choice(("Rue", "Avenue", "Chemin", "Allée", "Impasse"))
                proper = random.choice(shared) if number % 2 else f"de {_own_name(random)}"
                street = f"{street_type} {proper}"
                yield street, name, code
                for house in range(1, random.randint(2, 25)):
                    count += 1
                    file.write(
                        f"{code}_{number:06}_{house:05};{house};;{street};{code};{code};{name};"
                        f"{lon + random.random() / 50:.6f};{lat + random.random() / 50:.6f}\n"
                    )


def _own_name(random: Random) -> str:
    syllables = _SYLLABLES.split()
    return "".join(random.choices(syllables, k=random.randint(2, 4))).capitalize()


def _rows(index: PackedAddressIndex, streets: list[Street]) -> Iterator[dict[str, Cell]]:
    random = Random(2)
    chosen = [random.choice(streets) for _ in range(_QUERIES)]
    complete = [f"{random.randint(1, 20)} {street} {town}" for street, town, _ in chosen]
    beginnings = [f"12 {street} {town}"[: random.randint(5, 25)] for street, town, _ in chosen]
    cases = {
        "complete, with the town": complete,
        "complete, with the postcode": [f"3 {name} {code}" for name, _, code in chosen],
        "without number and town": [street for street, _, _ in chosen],
        "beginnings of 5 to 25 letters": beginnings,
        "one typo": [_typo(text, random) for text in complete],
        "nothing": [f"3 rue xq{street[::-1]}" for street, _, _ in chosen],
    }

    def search(text: str) -> Sequence[object]:
        return index.search(text, limit=10).addresses

    for case, texts in cases.items():
        yield completion_row(case, texts, search)


def _typo(text: str, random: Random) -> str:
    at = random.randrange(3, len(text))
    return text[:at] + random.choice(_LETTERS) + text[at + 1 :]


if __name__ == "__main__":
    main(Options())
