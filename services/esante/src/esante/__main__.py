"""`python -m esante`."""

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from esante.settings import EsanteSettings
from esante.wiring.roles import wire_api
from socle.service import run

if __name__ == "__main__":
    run(
        "esante",
        EsanteSettings,
        {"api": wire_api},
        default_role="api",
        processes=lambda settings: settings.process_count,
    )
