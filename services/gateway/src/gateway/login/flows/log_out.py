"""Logout by a person: end the session here, then at the provider if it supports it.

https://openid.net/specs/openid-connect-rpinitiated-1_0.html
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from gateway.authentication.domain.provider import Provider
from gateway.login.ports import OpenId
from gateway.sessions.domain.session import digest_of
from gateway.sessions.ports import SessionStore
from socle.errors import Refusal


async def log_out(
    cookie: str,
    *,
    providers: Mapping[str, Provider],
    openid: OpenId,
    sessions: SessionStore,
    unseal: Callable[[str, str], str | None],
    back: str,
) -> str | None:
    """End a session. Returns the address at which the provider ends its own; None if there is no
    session, or its provider has no such address, is unreachable or no longer registered.

    `cookie`: the value of the session cookie.
    `unseal`: decrypts the sealed ID token with the cookie; None if it cannot.
    `back`: where the provider redirects the browser afterwards.

    Raises Refusal("unavailable") if the session could not be ended.
    """
    digest = digest_of(cookie)
    found = await sessions.get(digest)
    await sessions.end(digest)
    if found is None:
        return None
    session, sealed = found
    provider = providers.get(session.provider)
    if provider is None:
        return None
    try:
        metadata = await openid.metadata(provider)
    except Refusal:
        return None  # the provider is unreachable; the session here has ended
    if not metadata.end_session:
        return None
    query = {"client_id": provider.client_id, "post_logout_redirect_uri": back}
    if hint := unseal(sealed, cookie):
        query["id_token_hint"] = hint
    separator = "&" if "?" in metadata.end_session else "?"
    return metadata.end_session + separator + urlencode(query)
