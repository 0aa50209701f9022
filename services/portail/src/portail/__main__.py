"""`python -m portail`."""

from portail.settings import PortailSettings
from portail.wiring import wire_api
from socle.service import run

if __name__ == "__main__":
    run("portail", PortailSettings, {"api": wire_api}, default_role="api")
