"""`python -m pilotes api`, and what an operator asks of the record (`pilotes.wiring.commands`)."""

import sys

from pilotes.settings import PilotesSettings
from pilotes.wiring import wire_api
from pilotes.wiring.commands import COMMANDS, run_command
from socle.service import run

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        sys.exit(run_command(sys.argv[1:]))
    run("pilotes", PilotesSettings, {"api": wire_api}, default_role="api")
