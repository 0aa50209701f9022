"""`python -m pilotes`."""

from pilotes.settings import PilotesSettings
from pilotes.wiring import wire_api
from socle.service import run

if __name__ == "__main__":
    run("pilotes", PilotesSettings, {"api": wire_api}, default_role="api")
