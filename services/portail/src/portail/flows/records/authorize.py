"""The authorization of the record pages: code with PKCE, then an access token for an hour.

The state of a request is its own content, encrypted: no process stores it, and it is of use only to
the account that began. https://www.rfc-editor.org/rfc/rfc6749#section-10.12
"""

import base64
import hashlib
import json
import secrets
from typing import Final

from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal

_DECISION_SECONDS: Final = 1800
"""Seconds in which a person can decide."""


def begin_authorization(services: RecordServices, *, role: str, account: str, then: str) -> str:
    """The address that requests access. `then`: the path to display afterwards."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    until = services.clock.now().timestamp() + _DECISION_SECONDS
    state = services.seal.seal(
        {"state": account, "role": role, "then": then, "verifier": verifier, "until": until}
    )
    return services.authorization.authorization_address(
        role=role, state=state, challenge=challenge.rstrip(b"=").decode()
    )


async def finish_authorization(
    services: RecordServices, *, role: str, account: str, state: str, code: str
) -> tuple[RecordAccess, str]:
    """The access that a code gives, and the path to display.

    Raises Refusal: `forbidden` for a response that this account did not request, or too late.
    """
    now = services.clock.now().timestamp()
    started = services.seal.unseal(state) or {}
    if (
        started.get("state") != account
        or started.get("role") != role
        or started.get("until", 0) < now
    ):
        raise Refusal("forbidden", "Cette autorisation n'a pas été demandée ici, ou trop tard.")
    found = await services.authorization.exchange(code, str(started["verifier"]), role=role)
    lifetime, patient = found.get("expires_in"), found.get("patient")
    access = RecordAccess(
        token=str(found["access_token"]),
        until=now + (lifetime if isinstance(lifetime, int) else 300),
        since=now,
        account=account,
        patient=patient if isinstance(patient, str) else None,
        user=_fhir_user(found.get("id_token")),
        represents="patient/Consent." in str(found.get("scope", "")),
    )
    return access, str(started["then"])


def _fhir_user(id_token: object) -> str | None:
    """The claim `fhirUser` as a relative reference; None without one.

    The token comes from the token endpoint itself: its signature proves nothing more
    (OpenID Connect Core §3.1.3.7).
    """
    try:
        payload = str(id_token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return None
    parts = str(claims.get("fhirUser", "") if isinstance(claims, dict) else "").split("/")
    return "/".join(parts[-2:]) if len(parts) >= 2 else None
