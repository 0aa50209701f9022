"""The authorization request of a login."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.authentication.domain.provider import Provider, RoleRule
from gateway.authentication.domain.provider_metadata import Metadata
from gateway.login.domain.openid import authorization_url
from gateway.sessions.domain.login_attempt import Attempt

ISSUER = "https://agents.example"
PROVIDER = Provider(
    id="agents",
    label="Agents",
    issuer=ISSUER,
    discovery=f"{ISSUER}/.well-known/openid-configuration",
    client_id="regionlab",
    client_secret="s",
    roles=RoleRule("coordinator"),
    acr=("eidas1",),
    algorithms=("ES256",),
    scopes=("openid",),
    userinfo="json",
    bearer_audience=None,
    organisation_claim=None,
    patient_claim=None,
)


@pytest.mark.parametrize(
    ("declared", "language", "sent"),
    [(("fr", "en"), "en", ["en"]), (("fr",), "en", None), ((), "fr", None)],
)
def test_the_language_is_sent_to_a_provider_that_declares_it(
    declared: tuple[str, ...], language: str, sent: list[str] | None
) -> None:
    """A strict provider refuses parameters that it does not know."""
    metadata = Metadata(
        ISSUER,
        f"{ISSUER}/authorize",
        f"{ISSUER}/token",
        f"{ISSUER}/jwks",
        languages=frozenset(declared),
    )
    attempt = Attempt("agents", state="s", nonce="n", verifier="v" * 43, next="/")
    url = authorization_url(
        metadata, PROVIDER, attempt, "https://region.example/retour", language=language
    )
    assert parse_qs(urlsplit(url).query).get("ui_locales") == sent
