"""`regionlab routes`: the routes of the platform and who can call them.

The gateway's program `gateway.wiring.routes` prints them as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from regionlab.columns import in_columns
from regionlab.errors import UserError

_WITH_GET: Final = {"GET", "HEAD", "OPTIONS"}
"""Methods that are not listed besides GET."""
_ROLES: Final[Mapping[str, str]] = {
    "anonymous": "sans s'identifier",
    "traveller": "voyageur",
    "patient": "patient",
    "carer": "aidant",
    "professional": "professionnel",
    "coordinator": "coordinateur",
    "integrator": "intégrateur",
    "house": "la maison",
}
_Route = Mapping[str, Any]


def as_table() -> str:
    """A table of every route, in the order of matching: the gateway uses the first that matches.

    Raises `UserError` if the gateway's program fails.
    """
    rows = [[column(route) for column in _COLUMNS.values()] for route in _routes()]
    return in_columns(list(_COLUMNS), rows)


def _routes() -> list[_Route]:
    command = (sys.executable, "-m", "gateway.wiring.routes")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"La passerelle ne dit pas ses routes :\n{done.stderr.strip()}")
    routes: list[_Route] = json.loads(done.stdout)
    return routes


def _methods(route: _Route) -> str:
    more = [method for method in route["methods"] if method not in _WITH_GET]
    return " ".join((["GET"] if "GET" in route["methods"] else []) + more)


def _callers(route: _Route) -> str:
    if route["own_keys"]:
        return "qui en a la clé"
    if route["open"]:
        return "tout le monde"
    return ", ".join(_ROLES.get(role, role) for role in route["roles"])


def _size(route: _Route) -> str:
    return f"{route['body_bytes'] // 1024} Kio"


def _time(route: _Route) -> str:
    return "flux" if route["seconds"] is None else f"{route['seconds']:g} s"


_COLUMNS: Final[Mapping[str, Callable[[_Route], str]]] = {
    "ADRESSE": lambda route: str(route["address"]),
    "MÉTHODES": _methods,
    "SERVICE": lambda route: str(route["service"]),
    "QUI": _callers,
    "DROITS (UN SUFFIT)": lambda route: " ".join(route["scopes"]) or "–",
    "CLASSE": lambda route: str(route["plan"]),
    "ENVOI": _size,
    "DURÉE": _time,
}
