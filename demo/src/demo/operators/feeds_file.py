"""The feeds.toml of the demo region: the addresses of each operator's feeds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from demo.network.model import Operator
from demo.operators.gbfs import WITH_GBFS
from demo.operators.publisher import ADDRESSES

_HEAD = "# Les réseaux de la démonstration. Écrit à chaque démarrage.\n"


def write_feeds(folder: Path, address: str, operators: Iterable[Operator]) -> Path:
    """Write feeds.toml into a folder. Returns its path. `address`: of the operators' web server."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "feeds.toml"
    tables = ("\n".join(_table(operator, f"{address}/{operator.id}")) for operator in operators)
    path.write_text(_HEAD + "\n\n".join(tables) + "\n", encoding="utf-8")
    return path


def _table(operator: Operator, address: str) -> Iterator[str]:
    yield "[[feed]]"
    yield f'id = "{operator.id}"'
    yield f'name = "{operator.name}"'
    yield f'gtfs = "{address}/gtfs.zip"'
    addresses = ADDRESSES.get(operator.id, {})
    real_time = ", ".join(f'"{address}/{name}"' for name in addresses)
    yield f"gtfs_rt = [{real_time}]"
    if operator.id in WITH_GBFS:
        yield f'gbfs = "{address}/gbfs/gbfs.json"'
    published = {part for parts in addresses.values() for part in parts}
    if "vehicles" in published and "trips" not in published:
        yield "estimate = true"
    yield f'licence = "{operator.licence}"'
    yield f'attribution = "{operator.attribution}"'
