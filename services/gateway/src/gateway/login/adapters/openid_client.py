"""The gateway as a client of OpenID providers: code exchange, signatures, userinfo.

https://openid.net/specs/openid-connect-core-1_0.html · private_key_jwt: RFC 7523
"""

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import aiohttp
import orjson
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata
from gateway.login.domain.openid import invalid_provider_response
from socle.auth.compact import CompactToken, MalformedToken
from socle.clock import SystemClock
from socle.errors import Refusal

_TIMEOUT: Final = aiohttp.ClientTimeout(total=8.0)
_MAX_BYTES: Final = 64 * 1024
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS: Final = 60
# Algorithms of encrypted userinfo; RSA1_5 is excluded (RFC 8725).
_KEY_ALGORITHMS: Final = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"]
_CONTENT_ALGORITHMS: Final = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"]


class OpenIdClient:
    """Implements `OpenId`. `session`: an HTTP client for external addresses.

    `documents`: the providers' discovery documents and keys.
    """

    def __init__(self, session: aiohttp.ClientSession, documents: ProviderDocuments) -> None:
        self._session, self._documents, self._clock = session, documents, SystemClock()

    async def metadata(self, provider: Provider) -> Metadata:
        return await self._documents.metadata(provider)

    async def exchange(
        self, provider: Provider, *, code: str, verifier: str, redirect_uri: str
    ) -> tuple[str, str]:
        metadata = await self.metadata(provider)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"accept": "application/json"}
        if provider.client_secret is not None:
            headers["authorization"] = _basic(provider.client_id, provider.client_secret)
        else:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = self._assertion(provider, metadata)
        status, _, body = await self._request(provider, "POST", metadata.token, headers, form)
        try:
            document = orjson.loads(body)
            if status == 200:
                return str(document["id_token"]), str(document["access_token"])
            raise invalid_provider_response(f"token endpoint: {document.get('error')}")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise invalid_provider_response("token endpoint") from None

    async def claims(self, provider: Provider, token: str) -> Mapping[str, Any]:
        try:
            compact = CompactToken(token.encode())
        except MalformedToken as error:
            raise invalid_provider_response(str(error)) from None
        if compact.algorithm not in provider.algorithms:
            raise invalid_provider_response("alg")
        key = await self._documents.key(provider, compact.kid)
        if key is None:
            raise invalid_provider_response("kid")
        if not compact.is_signed_by(key, compact.algorithm):
            raise invalid_provider_response("signature")
        return compact.claims

    async def userinfo(self, provider: Provider, access_token: str) -> Mapping[str, Any]:
        metadata = await self.metadata(provider)
        if not metadata.userinfo:
            return {}
        headers = {"authorization": f"Bearer {access_token}"}
        status, media_type, body = await self._request(
            provider, "GET", metadata.userinfo, headers, None
        )
        if status != 200:
            raise invalid_provider_response(f"userinfo: {status}")
        if provider.userinfo == "json":
            return _parse_object(body)
        # The provider is configured to sign its responses: an unsigned one is not trusted.
        if media_type != "application/jwt":
            raise invalid_provider_response("userinfo: not a JWT")
        token = body.decode("ascii", "replace")
        if provider.userinfo == "jwe":
            token = _decrypt(token, provider)
        return await self.claims(provider, token)

    def _assertion(self, provider: Provider, metadata: Metadata) -> str:
        jwk = _own_key(provider, "sig")
        key = _import_private_key(jwk)
        default = {"P-256": "ES256", "P-384": "ES384"}.get(jwk.get("crv", ""), "RS256")
        algorithm = jwk.get("alg", default)
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": provider.client_id,
            "sub": provider.client_id,
            "aud": metadata.token,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        header = {"alg": algorithm, "kid": jwk.get("kid", "")}
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    async def _request(
        self,
        provider: Provider,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> tuple[int, str, bytes]:
        """The status, the media type and the body.

        Raises Refusal: `unavailable` if the provider is unreachable or answers with a 5xx status,
        `unauthenticated` if the body is too large.
        """
        try:
            async with self._session.request(
                method, url, headers=headers, data=form, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise invalid_provider_response("too large")
                if answer.status >= 500:
                    raise _unavailable(provider)
                return answer.status, answer.content_type, bytes(body)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unavailable(provider) from error


def _basic(client_id: str, secret: str) -> str:
    # RFC 6749 §2.3.1: each half is form-encoded first.
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _parse_object(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid_provider_response("userinfo: not an object")
    return document


def _decrypt(encrypted: str, provider: Provider) -> str:
    """The signed token inside an encrypted one (RFC 7516)."""
    jwk = _own_key(provider, "enc")
    try:
        key = _import_private_key(jwk)
        algorithms = _KEY_ALGORITHMS + _CONTENT_ALGORITHMS
        plaintext = jwe.decrypt_compact(encrypted, key, algorithms=algorithms).plaintext
        return (plaintext or b"").decode("ascii")
    except (JoseError, ValueError, TypeError):
        raise invalid_provider_response("userinfo: unreadable") from None


def _import_private_key(jwk: dict[str, Any]) -> ECKey | RSAKey:
    return ECKey.import_key(jwk) if jwk["kty"] == "EC" else RSAKey.import_key(jwk)


def _own_key(provider: Provider, use: str) -> dict[str, Any]:
    """The gateway's private key for that use (`sig` or `enc`) at a provider, as a JWK.

    Raises Refusal("unavailable") if none is configured.
    """
    for key in (provider.client_keys or {}).get("keys", ()):
        if key.get("use") == use:
            return dict(key)
    raise Refusal(
        "unavailable",
        f"« {provider.label} » est mal configuré : une clé manque (use = {use}).",
        provider=provider.id,
    )


def _unavailable(provider: Provider) -> Refusal:
    return Refusal(
        "unavailable",
        f"« {provider.label} » n'a pas répondu comme il faut. Réessayez dans quelques minutes, "
        "ou choisissez une autre façon de vous connecter.",
        provider=provider.id,
        retry_after=30,
    )
