"""The program that packs feeds: `python -m mobilite.packing.adapters.packing_worker`.

Feeds are untrusted. Each is read in a separate process under kernel limits, so that the worst
feed costs one short-lived process and the permanent role never loads pandas.
"""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import pack_feed
from mobilite.packing.domain.feed_version import FeedVersion
from socle.errors import Refusal


def pack(job: dict[str, Any]) -> dict[str, Any]:
    """Pack the feed of a job from `PackingProcess`. Returns `version`, the FeedVersion as JSON.
    Raises Refusal if the feed is not usable or the packed file cannot be written."""
    try:
        version = pack_feed(
            Path(job["source"]),
            FeedId(job["feed_id"]),
            Path(job["folder"]),
            ArchiveLimits(**job["archive"]),
        )
    except OSError as error:  # a full disk is not the feed's fault
        raise Refusal(
            "unavailable", f"Le fichier d'horaires ne peut pas être écrit : {error.strerror}."
        ) from error
    return {"version": TypeAdapter(FeedVersion).dump_python(version, mode="json")}


if __name__ == "__main__":
    serve_jobs(pack)
