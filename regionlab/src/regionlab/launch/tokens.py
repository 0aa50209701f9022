"""`regionlab token`: an access token of the demo's issuer, for one role.

The launcher's OAuth client obtains it for a demo account, without a login.
"""

import asyncio
import base64
import json
from pathlib import Path
from typing import Final

import aiohttp

from regionlab.errors import Unreachable, UserError
from regionlab.launch.identity import LAUNCHER_CLIENT_ID

ROLES: Final = {
    "professional": ("professionnels", "camille"),
    "patient": ("citoyens", "lucie"),
    "traveller": ("citoyens", "marc"),
    "integrator": ("partenaires", ""),
    "coordinator": ("coordination", "sacha"),
}
"""The realm and the account of each role; an integrator is a program, without an account."""

SCOPES: Final = {
    "professional": "user/*.cruds",
    "patient": "patient/*.cruds",
    "integrator": "system/*.cruds",
}
"""The default health-data scopes of each role; the others have none."""

_LIMIT: Final = aiohttp.ClientTimeout(total=10)


def new_token(data: Path, role: str, scope: str, patient: str | None) -> str:
    """A new access token, valid for an hour.

    `data`: the data folder of a running demo. `role`: a key of `ROLES`. `scope`: OAuth scopes;
    empty: those of `SCOPES`. `patient`: the id of the patient in context; None: that of the
    account, if any. Raises UserError if no demo has run on that folder, and Unreachable if none
    runs now or the issuer refuses.
    """
    realm, account = ROLES[role]
    secret, port = data / "issuer" / "tool.secret", data / "issuer" / "port"
    if not (secret.exists() and port.exists()):
        raise UserError(
            f"Aucune démonstration n'a tourné dans {data} : lancez « make demo », "
            "ou nommez son dossier avec --data."
        )
    form = {
        "grant_type": "client_credentials",
        "scope": scope or SCOPES.get(role, ""),
        "account": account,
    }
    if patient is not None:
        form["patient"] = patient
    url = f"http://127.0.0.1:{port.read_text().strip()}/{realm}/token"
    return asyncio.run(_request(url, secret.read_text().strip(), form, data))


async def _request(url: str, secret: str, form: dict[str, str], data: Path) -> str:
    pair = base64.b64encode(f"{LAUNCHER_CLIENT_ID}:{secret}".encode()).decode()
    headers = {"authorization": f"Basic {pair}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=_LIMIT) as session,
            session.post(url, data=form, headers=headers) as answer,
        ):
            response = json.loads(await answer.text())
            return str(response["access_token"])
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Unreachable(
            f"La démonstration de {data} ne tourne pas : lancez-la (« make demo »), puis "
            "redemandez un jeton."
        ) from None
    except (ValueError, KeyError):
        raise Unreachable("L'émetteur de jetons de la démonstration a refusé.") from None
