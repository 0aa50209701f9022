"""What a page of the travellers costs a phone: bytes, requests, and when it can be read and used.

Chromium opens each page of a demo with an empty cache, at 360 pixels: directly, and on a slow 3G
network (400 kbit/s, 400 ms there and back, the preset of Chromium's tools) with a processor four
times slower. Interactive: the end of the last task of more than 50 ms, at the earliest
DOMContentLoaded. The peer is OpenTripPlanner's own client: its page is in the archive, its scripts
are on opentripplanner.org, without which it is not measured.
"""

import json
import re
import shutil
import statistics
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.journeys.open_trip_planner import open_trip_planner
from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import demo
from embedded.processes import StartError

RUNS: Final = 5
"""Visits of each page; the median counts."""
SETTLED_MS: Final = 2_000
"""A page without a long task for so long is interactive."""
SLOW_3G: Final = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
SLOWER: Final = 4
"""How many times slower the processor of an old phone is."""
STOP: Final = "tao:gare-d-orleans"
HOSPITAL: Final = "tao:hopital-de-la-source"
_OBSERVE: Final = """
window.tasks = [];
new PerformanceObserver((list) => list.getEntries().forEach(
  (each) => window.tasks.push(each.startTime + each.duration)
)).observe({type: "longtask", buffered: true});
"""
_READ: Final = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    first_byte: page.responseStart,
    paint: paint ? paint.startTime : page.domContentLoadedEventEnd,
    interactive: Math.max(page.domContentLoadedEventEnd, ...window.tasks),
  };
}"""


@dataclass  # without slots: Playwright marks the listeners' object
class _Traffic:
    """What one visit transferred."""

    requests: int = 0
    by_request: dict[str, float] = field(default_factory=dict)
    """Bytes received, headers included once a response is complete."""

    @classmethod
    def of(cls, session: CDPSession) -> "_Traffic":
        """Counts from now on."""
        traffic = cls()
        session.on("Network.requestWillBeSent", traffic._sent)
        session.on("Network.dataReceived", traffic._received)
        session.on("Network.loadingFinished", traffic._finished)
        session.send("Network.enable")
        return traffic

    @property
    def kilobytes(self) -> float:
        return sum(self.by_request.values()) / 1000

    def _sent(self, event: dict[str, Any]) -> None:
        self.requests += event["request"]["url"].startswith("http")

    def _received(self, event: dict[str, Any]) -> None:
        known = self.by_request.get(event["requestId"], 0)
        self.by_request[event["requestId"]] = known + event["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.by_request[event["requestId"]] = event["encodedDataLength"]


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    notes = [
        f"median of {RUNS} visits with an empty cache, 360 pixels wide",
        f"3G: 400 kbit/s, 400 ms there and back, processor {SLOWER} times slower",
        "a page that listens to events counts those of its first two seconds",
    ]
    for scale in options.scales:
        with TemporaryDirectory() as folder:
            rows += _rows(Path(folder), scale, notes)
    Report("pages", "Pages of the travellers", rows, notes).show()


def _rows(folder: Path, scale: int, notes: list[str]) -> Iterator[dict[str, Cell]]:
    """The rows of one size; a note if the peer is not measured."""
    with ExitStack() as stack:
        options = "--without-pilots", "--scale", str(scale)
        address = stack.enter_context(demo(folder / "demo", *options)).address
        browser = stack.enter_context(_browser())
        pages = _pages(address)
        try:
            peer = stack.enter_context(_peer(folder, address))
        except StartError as error:
            notes.append(f"OpenTripPlanner is not measured: {error}")
        else:
            pages["OpenTripPlanner's client"] = peer + "/"
        for name, page in pages.items():
            row: dict[str, Cell] = {"scale": scale, "page": name}
            yield measured("pages", row | _page(browser, page))


def _page(browser: Browser, address: str) -> dict[str, Cell]:
    """The medians of the visits of one page."""
    quick = [_load(browser, address, slow=False) for _ in range(RUNS)]
    slow = [_load(browser, address, slow=True) for _ in range(RUNS)]
    row = {name: statistics.median(each[name] for each in quick) for name in quick[0]}
    late = {
        f"{name}, 3G": statistics.median(each[name] for each in slow)
        for name in ("paint ms", "interactive ms")
    }
    return {**row, "requests": int(row["requests"]), **late}


def _load(browser: Browser, address: str, *, slow: bool) -> dict[str, float]:
    """One visit in a new profile: what it transferred, and when (ms)."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    page = context.new_page()
    session = context.new_cdp_session(page)
    traffic = _Traffic.of(session)
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW_3G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(_OBSERVE)
    answer = page.goto(address, wait_until="load", timeout=120_000)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{address} is not displayed")
    _settle(page)
    instants = page.evaluate(_READ)
    context.close()
    return {
        "kB": traffic.kilobytes,
        "requests": traffic.requests,
        **{f"{name.replace('_', ' ')} ms": value for name, value in instants.items()},
    }


def _settle(page: Page) -> None:
    """Wait until no long task has ended for `SETTLED_MS`."""
    page.wait_for_function(
        f"() => performance.now() - Math.max(0, ...window.tasks) > {SETTLED_MS}", timeout=120_000
    )


def _pages(address: str) -> dict[str, str]:
    """The addresses of the pages by name, with a stop, a line, a run and a journey of the demo."""
    sought = urlencode({"de_lieu": STOP, "de": "Gare", "vers_lieu": HOSPITAL, "vers": "Hôpital"})
    journeys = _read(f"{address}/mobilite/v1/journeys?from={STOP}&to={HOSPITAL}")["journeys"]
    ride = next(leg for leg in journeys[0]["legs"] if leg["route"])
    paths = {
        "home": "/",
        "board": f"/arrets/{STOP}",
        "journeys": f"/itineraires?{sought}",
        "followed journey": f"/itineraires/{quote(journeys[0]['id'], safe=':')}",
        "lines": "/lignes",
        "line": f"/lignes/{quote(ride['route']['id'], safe=':')}",
        "run": f"/courses/{quote(ride['trip_id'], safe=':')}",
        "map": "/carte",
        "disruptions": "/perturbations",
        "open data": "/donnees",
        "dataset": "/donnees/tao",
        "indicators": "/indicateurs",
    }
    return {name: address + path for name, path in paths.items()}


@contextmanager
def _peer(folder: Path, address: str) -> Iterator[str]:
    """Its base URL, with the schedule of the platform at `address`. Raises StartError."""
    schedule, home = folder / "gtfs.zip", folder / "peer"
    home.mkdir()
    request = urllib.request.Request(address + "/mobilite/v1/gtfs.zip", headers=house_key())
    with urllib.request.urlopen(request) as answer:
        schedule.write_bytes(answer.read())
    with open_trip_planner(schedule, home, "Europe/Paris") as peer:
        _require_scripts(peer + "/")
        yield peer


def _require_scripts(address: str) -> None:
    """Raises StartError if a script of that page is on another host and cannot be fetched."""
    with urllib.request.urlopen(address) as answer:
        page = answer.read().decode()
    for script in re.findall(r'<script[^>]+src="(https?://[^"]+)"', page):
        try:
            urllib.request.urlopen(script, timeout=10).close()
        except OSError as error:
            raise StartError(f"its script {script} cannot be fetched: {error}") from error


@contextmanager
def _browser() -> Iterator[Browser]:
    """Chromium. Raises SystemExit without one."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is needed (Debian's package)")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


def _read(url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=house_key())) as answer:
        return json.load(answer)
