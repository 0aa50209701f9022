"""`python -m gateway`: the gateway of the platform."""

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from gateway.settings import GatewaySettings
from gateway.wiring import wire
from socle.service import run

if __name__ == "__main__":
    run("gateway", GatewaySettings, {"gateway": wire}, default_role="gateway")
