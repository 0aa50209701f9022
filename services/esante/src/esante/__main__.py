"""`python -m esante api | subscriptions | rules | all`, and the commands of an operator
(`esante.wiring.commands`, `esante.wiring.try_rules`)."""

import sys

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from esante.settings import EsanteSettings
from esante.wiring import try_rules
from esante.wiring.commands import COMMANDS, run_command
from esante.wiring.database import with_database
from esante.wiring.roles import wire_api
from esante.wiring.rules import wire_rules
from esante.wiring.subscriptions import wire_all, wire_subscriptions
from socle.service import resume_collector, run

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        resume_collector()
        sys.exit(run_command(sys.argv[1:]))
    if sys.argv[1:2] == [try_rules.NAME]:
        resume_collector()
        sys.exit(try_rules.try_rules(sys.argv[2:]))
    run(
        "esante",
        EsanteSettings,
        {
            "api": with_database(wire_api),
            "subscriptions": with_database(wire_subscriptions),
            "rules": with_database(wire_rules),
            "all": with_database(wire_all),
        },
        default_role="all",
        processes=lambda settings: settings.process_count,
    )
