"""The values of the peers as they are stored: one line for each method."""

import json
import math
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_name("values.json")


def read() -> dict[str, Any]:
    """For each peer, its `version`, and its `values` by method."""
    found: dict[str, Any] = json.loads(STORED.read_text())
    return found


def write(peers: dict[str, Any]) -> None:
    """Store them. `peers`: as `read` gives them."""
    entries = []
    for name, peer in peers.items():
        lines = [f"{json.dumps(key)}: {json.dumps(each)}" for key, each in peer["values"].items()]
        head = f'{json.dumps(name)}: {{"version": {json.dumps(peer["version"])}, "values": {{\n'
        entries.append(head + ",\n".join(lines) + "\n}}")
    STORED.write_text("{\n" + ",\n".join(entries) + "\n}\n")


def rounded(value: Any) -> Any:
    """Twelve digits: what lies beyond depends on the machine."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def differences(now: Any, then: Any, place: str = "") -> list[str]:
    """What differs by more than 1e-9, relative to what is greater than 1, and where."""
    if isinstance(now, dict) and isinstance(then, dict) and now.keys() == then.keys():
        pairs = [(now[key], then[key], f"{place}/{key}") for key in now]
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        pairs = [(a, b, f"{place}/{at}") for at, (a, b) in enumerate(zip(now, then, strict=True))]
    elif isinstance(now, float) and isinstance(then, float):
        same = math.isclose(now, then, rel_tol=1e-9, abs_tol=1e-9)
        return [] if same else [f"{place}: {now}, stored: {then}"]
    else:
        return [] if now == then else [f"{place}: {now}, stored: {then}"]
    return [each for pair in pairs for each in differences(*pair)]
