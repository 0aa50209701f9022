"""`python -m portail`."""

import socle.importing  # noqa: F401 - first, since it makes the imports below faster
from portail.settings import PortailSettings
from portail.wiring import wire_pages
from socle.service import run

if __name__ == "__main__":
    run("portail", PortailSettings, {"pages": wire_pages}, default_role="pages")
