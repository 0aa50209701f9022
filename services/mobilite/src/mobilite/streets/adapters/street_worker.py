"""The program that packs extracts: `python -m mobilite.streets.adapters.street_worker`.

An extract of a region takes hundreds of megabytes while it is read. The process gives them back.
"""

from pathlib import Path
from typing import Any

from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.adapters.street_file import write_streets
from mobilite.streets.domain.build import build_graph
from socle.errors import Refusal


def pack(job: dict[str, Any]) -> dict[str, Any]:
    """Pack the extract of a job from `PackedStore`. Returns how many edges it has. Raises Refusal
    if the extract is not usable or the packed file cannot be written."""
    graph = build_graph(read_extract(Path(job["sources"][0])))
    try:
        write_streets(graph, Path(job["path"]))
    except OSError as error:  # a full disk is not the extract's fault
        raise Refusal(
            "unavailable", f"Le fichier des rues ne peut pas être écrit : {error.strerror}."
        ) from error
    return {"packed": f"{len(graph.edge_from)} edges"}


if __name__ == "__main__":
    serve_jobs(pack)
