"""A person leaves: the session ends here, then at the provider if it has a way to.

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
    """The address at which the provider ends its own session, None when there is none to go to.

    `back`: where the provider sends the browser afterwards. Raises Refusal("unavailable") when the
    session could not be ended: nobody is told they left while they have not.
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
        return None  # it is away, and they have left us all the same
    if not metadata.end_session:
        return None
    query = {"client_id": provider.client_id, "post_logout_redirect_uri": back}
    if hint := unseal(sealed, cookie):
        query["id_token_hint"] = hint
    joint = "&" if "?" in metadata.end_session else "?"
    return metadata.end_session + joint + urlencode(query)
