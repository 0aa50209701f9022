"""Calculates the values of the peers, and compares them with those that are stored; `--write`
stores them. The exit code is 1 if something differs."""

import sys
from importlib.metadata import version
from typing import Any

from peer_statistics import of_confseq, of_gbstats, of_lifelines, stored

PEERS: dict[str, Any] = {
    "confseq": of_confseq,
    "gbstats": of_gbstats,
    "lifelines": of_lifelines,
}


def main() -> None:
    """Calculate, and write or compare."""
    now = {
        name: {"version": version(name), "values": stored.rounded(peer.values())}
        for name, peer in PEERS.items()
    }
    if sys.argv[1:] == ["--write"]:
        stored.write(now)
    if found := stored.differences(now, stored.read()):
        sys.exit("\n".join(["The peers calculate something else now:", *found[:20]]))
    for name, peer in now.items():
        sys.stdout.write(f"{name} {peer['version']}: {', '.join(peer['values'])}\n")


if __name__ == "__main__":
    main()
