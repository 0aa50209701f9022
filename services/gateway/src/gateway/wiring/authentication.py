"""The composition of bearer authentication: the platform's tokens, and those of trusted issuers."""

from functools import partial

from gateway.authentication.adapters.bearer_tokens import BearerTokenVerifier
from gateway.authentication.flows.identify import AuthenticateBearer
from gateway.authentication.ports import Revocations
from gateway.sessions.domain.session import pseudonym
from gateway.settings import GatewaySettings
from gateway.wiring.login import LoginParts
from socle.auth import SigningKeys


def wire_authentication(
    settings: GatewaySettings, keys: SigningKeys, login: LoginParts, revocations: Revocations
) -> AuthenticateBearer:
    """The stage that identifies bearers. The platform's own access tokens have its address and its
    FHIR base as audience."""
    public = settings.public.rstrip("/")
    secret = settings.pseudonym_key.get_secret_value().encode()
    bearers = BearerTokenVerifier(
        keys,
        issuer=public,
        audiences=(public, f"{public}/fhir"),
        providers=login.providers.values(),
        keys=login.documents,
        pseudonym=partial(pseudonym, secret),
    )
    return AuthenticateBearer(bearers, revocations)
