"""`python -m esante api | subscriptions | all`."""

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from esante.settings import EsanteSettings
from esante.wiring.roles import wire_api
from esante.wiring.subscriptions import wire_all, wire_subscriptions
from socle.service import run

if __name__ == "__main__":
    run(
        "esante",
        EsanteSettings,
        {"api": wire_api, "subscriptions": wire_subscriptions, "all": wire_all},
        default_role="all",
        processes=lambda settings: settings.process_count,
    )
