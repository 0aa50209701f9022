"""`python -m mobilite import | poll | desk | api | journeys | indicators | all`,
`python -m mobilite indicators --recompute FROM TO`."""

import sys

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from mobilite.settings import MobiliteSettings
from mobilite.wiring import (
    wire_all,
    wire_api,
    wire_desk,
    wire_import,
    wire_indicators,
    wire_journeys,
    wire_poll,
)
from socle.service import run

if __name__ == "__main__":
    if sys.argv[1:3] == ["indicators", "--recompute"]:
        from mobilite.wiring.recompute import recompute

        sys.exit(recompute(sys.argv[3:]))
    run(
        "mobilite",
        MobiliteSettings,
        {
            "import": wire_import,
            "poll": wire_poll,
            "desk": wire_desk,
            "api": wire_api,
            "journeys": wire_journeys,
            "indicators": wire_indicators,
            "all": wire_all,
        },
        default_role="all",
    )
