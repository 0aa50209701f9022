"""The pages as a confidential application of SMART App Launch, registered as any other.

https://hl7.org/fhir/smart-app-launch/app-launch.html
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from portail.domain.records.applications import Application, applications_of
from portail.ports.records import RecordAccess
from socle.errors import Refusal
from socle.pages import ROLE_PAGES

log = logging.getLogger("portail.records")

SCOPES: Final[Mapping[str, str]] = {
    "professional": "openid fhirUser user/*.rs user/Communication.c user/Flag.u",
    "patient": "openid fhirUser launch/patient patient/*.rs patient/Communication.c "
    "patient/Consent.cu patient/RelatedPerson.cu",
}
"""What the pages request, by the role of the person."""
RETURN: Final = "/retour"
"""The end of the redirect URIs, after the address of the role's page."""


class OAuthClient:
    """Implements `AuthorizationApi`.

    `base`: the platform's address for this service; `public`: for browsers. `client_id`, `secret`:
    of the registration in `clients.toml`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base: str,
        public: str,
        client_id: str,
        secret: str,
    ) -> None:
        self._session, self._base, self._public = session, base.rstrip("/"), public.rstrip("/")
        self._client_id, self._secret = client_id, secret

    def authorization_address(self, *, role: str, state: str, challenge: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri(role),
            "scope": SCOPES[role],
            "state": state,
            "aud": self._public + "/fhir",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return "/auth/authorize?" + urlencode(query)

    async def exchange(self, code: str, verifier: str, *, role: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri(role),
            "code_verifier": verifier,
        }
        basic = aiohttp.encode_basic_auth(self._client_id, self._secret)
        status, found = await self._request("POST", "/auth/token", basic, form)
        if status != 200 or "access_token" not in found:
            raise Refusal("forbidden", "L'accès aux dossiers n'a pas été accordé.")
        return found

    async def list_applications(self, access: RecordAccess) -> list[Application]:
        bearer = f"Bearer {access.token}"
        status, found = await self._request("GET", "/auth/v1/applications", bearer)
        if status == HTTPStatus.UNAUTHORIZED:
            raise Refusal("unauthenticated", "L'accès aux dossiers a pris fin.")
        if status != 200:
            raise _unavailable()
        return applications_of(found)

    async def _request(
        self, method: str, path: str, authorization: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of a response. Raises Refusal("unavailable")."""
        try:
            request = self._session.request(
                method,
                self._base + path,
                data=form,
                headers={"authorization": authorization},
                allow_redirects=False,
            )
            async with request as answer:
                body, status = await answer.read(), answer.status
                found = json.loads(body)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("%s gives no usable answer: %s", path, type(error).__name__)
            raise _unavailable() from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(found, dict):
            raise _unavailable()
        return status, found

    def _redirect_uri(self, role: str) -> str:
        return self._public + ROLE_PAGES[role] + RETURN


def _unavailable() -> Refusal:
    return Refusal("unavailable", "Les connexions sont impossibles pour le moment.", retry_after=5)
