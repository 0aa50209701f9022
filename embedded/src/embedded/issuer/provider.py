"""One realm at work: its tokens, sessions, codes and pending requests."""

import secrets
from collections.abc import Callable
from typing import Any

from joserfc import jwe
from joserfc.jwk import KeySet

from embedded.issuer.clients import Client, Clients
from embedded.issuer.keys import Signer
from embedded.issuer.languages import LANGUAGES
from embedded.issuer.realms import Account, Realm
from embedded.issuer.state import (
    REFRESH_SECONDS,
    REQUEST_SECONDS,
    SESSION_SECONDS,
    ExpiringStore,
    Grant,
    Request,
    Session,
)

BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_ID_SECONDS = 300
"""Lifetime of ID tokens."""
_TOOL_SECONDS = 3600
"""Lifetime of access tokens of clients that impersonate."""
_LOGOUT_TOKEN_SECONDS = 120


class Provider:
    """The provider of one realm.

    `base`: the issuer's address, without the realm. `now`: POSIX seconds.
    """

    def __init__(
        self, base: str, signer: Signer, clients: Clients, now: Callable[[], float]
    ) -> None:
        self.realm: Realm = signer.realm
        self.issuer = f"{base}/{self.realm.name}"
        self.signer, self.clients, self.now = signer, clients, now
        self.requests: ExpiringStore[Request] = ExpiringStore(REQUEST_SECONDS, now)
        self.codes: ExpiringStore[Grant] = ExpiringStore(self.realm.code_seconds, now)
        self.refresh_tokens: ExpiringStore[Grant] = ExpiringStore(REFRESH_SECONDS, now)
        self.sessions: ExpiringStore[Session] = ExpiringStore(SESSION_SECONDS, now)
        self.assertions: set[str] = set()
        """The `jti` of the client assertions used so far."""

    @property
    def metadata(self) -> dict[str, Any]:
        """The discovery document.
        https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata"""
        grants = ["authorization_code", "refresh_token"] if self.realm.has_login else []
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": [*grants, "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.realm.algorithm],
            "userinfo_signing_alg_values_supported": [self.realm.algorithm],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "RS256"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": list(self.realm.acr),
            "scopes_supported": ["openid", "profile", "email"],
            "ui_locales_supported": list(LANGUAGES),
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "frontchannel_logout_supported": True,
            "frontchannel_logout_session_supported": True,
        }

    def id_token(self, grant: Grant) -> str:
        """The ID token of a grant (OpenID Connect Core §2)."""
        session, now = grant.session, int(self.now())
        claims = {
            "iss": self.issuer,
            "sub": session.account.subject,
            "aud": grant.request.client_id,
            "azp": grant.request.client_id,
            "iat": now,
            "exp": now + _ID_SECONDS,
            "auth_time": int(session.started_at),
            "acr": session.account.acr,
            "sid": session.sid,
        }
        if grant.request.nonce:
            claims["nonce"] = grant.request.nonce
        return self.signer.sign(claims)

    def access_token(
        self, client: Client, scope: str, account: Account | None, extra_claims: dict[str, Any]
    ) -> tuple[str, int]:
        """An access token (RFC 9068), and its lifetime in seconds.

        `account`: of a person; None: the token is the client's own. `extra_claims`: replace others.
        """
        now = int(self.now())
        lifetime = _TOOL_SECONDS if client.impersonates else self.realm.access_seconds
        claims = {
            "iss": self.issuer,
            "sub": account.subject if account else client.client_id,
            "aud": client.audience or self.issuer,
            "client_id": client.client_id,
            "scope": scope,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + lifetime,
        }
        if account is not None:
            claims |= account.granted | {"acr": account.acr}
        return self.signer.sign(claims | extra_claims, typ="at+jwt"), lifetime

    def claims_of(self, account: Account) -> dict[str, Any]:
        """The userinfo claims of an account."""
        return {"sub": account.subject} | account.claims

    def userinfo_token(self, client: Client, claims: dict[str, Any]) -> str:
        """The userinfo claims as a signed token, encrypted if the client is registered so (Core
        §5.3.2)."""
        signed = self.signer.sign(claims | {"iss": self.issuer, "aud": client.client_id})
        algorithm = client.userinfo_encrypted_response_alg
        if not algorithm:
            return signed
        keys = KeySet.import_key_set(client.jwks)  # type: ignore[arg-type]
        key = next(key for key in keys.keys if key.as_dict().get("use") == "enc")
        header = {"alg": algorithm, "enc": "A256GCM", "cty": "JWT", "kid": key.kid}
        return jwe.encrypt_compact(header, signed.encode(), key, algorithms=[algorithm, "A256GCM"])

    def logout_token(self, client: Client, session: Session) -> str:
        """The logout token of a session.
        https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken"""
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": client.client_id,
            "iat": now,
            "exp": now + _LOGOUT_TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "events": {BACKCHANNEL_EVENT: {}},
            "sub": session.account.subject,
            "sid": session.sid,
        }
        return self.signer.sign(claims, typ="logout+jwt")
