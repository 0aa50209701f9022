"""`python -m pilotes api | fold`, and the commands of an operator (`pilotes.wiring.commands`)."""

import sys

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from pilotes.settings import PilotesSettings
from pilotes.wiring import wire_api, wire_fold
from pilotes.wiring.commands import COMMANDS, run_command
from socle.service import resume_collector, run

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        resume_collector()
        sys.exit(run_command(sys.argv[1:]))
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write(f"Commandes : python -m pilotes {{{' | '.join(COMMANDS)}}} …\n")
    run("pilotes", PilotesSettings, {"api": wire_api, "fold": wire_fold}, default_role="api")
