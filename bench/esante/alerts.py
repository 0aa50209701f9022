"""From a cause to its alert, in a demo: weights that rise are posted through the gateway, and raise
a Flag and a message, over the outbox, the broker and the role `rules`.

Alone, and while devices post measures. The delay is between the instants (`meta.lastUpdated`) of
the cause and of the alert; all programs and the caller share the cores.
"""

import json
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.esante.population import LOINC
from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.running import demo, load_of
from regionlab.launch.tokens import new_token

_CAUSES: Final = 40
_PAUSE: Final = 0.5
"""Seconds between two causes."""
_PATIENTS: Final = 100
"""Whose devices post measures meanwhile."""
_LOADS: Final = ((0, 1), (50, 1), (2, 100), (5, 100))
"""Requests a second, and Observations of each."""
_LATEST: Final = 60.0
"""Seconds after which an alert is missing."""


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    with TemporaryDirectory() as folder, demo(Path(folder)) as running:
        token = new_token(Path(folder), "integrator", "system/*.cruds", None)
        caller = _Caller(running.address, token)
        rows = [_row(caller, f"{number}", *load) for number, load in enumerate(_LOADS)]
    notes = (
        f"{_CAUSES} causes, one each {_PAUSE} s, each of another patient; the role waits 1 s for"
        " what is written together",
        f"measures: steps of {_PATIENTS} patients, which the rules read",
    )
    Report("alerts", "From a cause to its alert", rows, notes=notes).show()


class _Caller:
    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/fhir+json",
            **house_key(),
        }

    def request(self, target: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/fhir{target}", data, self.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def _row(caller: _Caller, name: str, rate: float, entries: int) -> dict[str, Cell]:
    with ThreadPoolExecutor(1) as threads:
        load = threads.submit(_post_measures, caller, rate, entries, _CAUSES * _PAUSE + 5)
        causes = {}
        for number in range(_CAUSES):
            started = time.perf_counter()
            patient = f"{name}-{number}"
            causes[patient] = _raise(caller, patient)
            time.sleep(max(0.0, _PAUSE - (time.perf_counter() - started)))
        flags = [_delay(caller, "Flag", *each) for each in causes.items()]
        messages = [_delay(caller, "Communication", *each) for each in causes.items()]
        posted = load.result()
    row: dict[str, Cell] = {"measures a second": round(posted)}
    for what, delays in (("Flag", flags), ("message", messages)):
        row[f"{what}, median s"] = round(percentile(delays, 0.5), 2)
        row[f"{what}, p95 s"] = round(percentile(delays, 0.95), 2)
        row[f"{what}, max s"] = round(max(delays), 2)
    return measured("alerts", row)


def _raise(caller: _Caller, patient: str) -> datetime:
    """Post weights that raise an alert; returns the instant of the last one."""
    now = datetime.now(UTC)
    weights = [
        _observation(patient, "29463-7", value, "kg", now - timedelta(days=days))
        for value, days in ((70, 2), (73, 0.01))
    ]
    answer = caller.request(
        "", _transaction([{"resourceType": "Patient", "id": patient}, *weights])
    )
    return max(datetime.fromisoformat(each["response"]["lastModified"]) for each in answer["entry"])


def _delay(caller: _Caller, resource_type: str, patient: str, cause: datetime) -> float:
    """The seconds from the cause to the alert. Raises TimeoutError if there is none."""
    until = time.perf_counter() + _LATEST
    while time.perf_counter() < until:
        found = caller.request(f"/{resource_type}?subject=Patient/{patient}")
        for each in found.get("entry", ()):
            at = datetime.fromisoformat(each["resource"]["meta"]["lastUpdated"])
            return (at - cause).total_seconds()
        time.sleep(0.2)
    raise TimeoutError(f"no {resource_type} of {patient} within {_LATEST:.0f} s")


def _post_measures(caller: _Caller, rate: float, entries: int, seconds: float) -> float:
    """Post measures at that rate; returns how many a second were stored."""
    if not rate:
        return 0.0
    now = datetime.now(UTC)
    targets = []
    for number in range(_PATIENTS):
        steps = [
            _observation(f"m-{number}", "55423-8", 10 + each, "{steps}", now)
            for each in range(entries)
        ]
        body = _transaction(steps) if entries > 1 else steps[0]
        target = "/fhir" if entries > 1 else "/fhir/Observation"
        targets.append(json.dumps({"method": "POST", "target": target, "body": body}))
    headers = [f"{name}: {value}" for name, value in caller.headers.items()]
    seen = load_of(
        caller.address, targets, seconds=seconds, connections=8, rate=rate, headers=headers
    )
    if seen["failed"]:
        raise RuntimeError(f"{seen['failed']} measures failed")
    return float(seen["requests"] * entries / seen["seconds"])


def _observation(patient: str, code: str, value: float, unit: str, at: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": at.isoformat(timespec="seconds"),
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": unit},
    }


def _transaction(resources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    entries = [
        {
            "resource": each,
            "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}
            if "id" in each
            else {"method": "POST", "url": each["resourceType"]},
        }
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
