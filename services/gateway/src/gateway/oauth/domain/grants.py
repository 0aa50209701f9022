"""What a person granted to an application, and the steps towards it.

AuthorizationRequest → (a person decides) → Grant and code → access tokens and refresh tokens
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.callers.domain.identity import Role
from gateway.oauth.domain.scopes import Scopes

# Lifetimes: of a code, of a request until the person decides, of a launch, and of grants with
# `offline_access` and with `online_access`.
CODE_LIFE: Final = timedelta(seconds=60)
DECISION_LIFE: Final = timedelta(minutes=15)
LAUNCH_LIFE: Final = timedelta(minutes=5)
OFFLINE_LIFE: Final = timedelta(days=30)
ONLINE_LIFE: Final = timedelta(hours=8)
LONGEST_TOKEN: Final = timedelta(hours=1)
"""The longest life of an access token, and so of its revocation."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid authorization request (RFC 6749 §4.1.1)."""

    client: str
    """The id of the application."""
    redirect_uri: str
    state: str
    scopes: Scopes
    """Requested scopes."""
    challenge: str
    """The PKCE code challenge, by S256."""
    nonce: str | None = None
    """For the ID token (OpenID Connect Core §3.1.2.1)."""
    launch: str | None = None
    """The handle of an EHR launch."""
    prompt: frozenset[str] = frozenset()
    """`none` and `consent` have an effect (OpenID Connect Core §3.1.2.1)."""


@dataclass(frozen=True, slots=True)
class Launch:
    """The launch context of an EHR launch."""

    subject: str
    """The person who launches, and who alone can use it."""
    patient: str | None
    """The id of a Patient."""
    encounter: str | None = None
    """The id of an Encounter."""
    intent: str | None = None
    """What the person wants to do, in words that the application knows (SMART's `intent`)."""
    client: str | None = None
    """The id of the application that it is for, which alone can use it; None: any."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted to an application at one time."""

    id: str
    client: str
    """The id of the application."""
    subject: str
    """The person; the application itself for client credentials."""
    role: Role
    scopes: Scopes
    until: datetime
    """The end of all its tokens."""
    patient: str | None = None
    """This and the next two: as in `Launch`; the patient can also be the person's choice."""
    encounter: str | None = None
    intent: str | None = None
    organisation: str | None = None
    """As in `Identity`."""
    nonce: str | None = None
    """That of the authorization request, for the ID token."""
    fhir_user: str | None = None
    """This and the next two: as in `Identity`."""
    acr: str | None = None
    auth_time: int | None = None
    professions: str | None = None
    """As in `Identity`."""


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code is bound to; the code itself is not included."""

    redirect_uri: str
    challenge: str
    """The PKCE code challenge, by S256."""
    until: datetime
    """When the code expires."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A stored consent of a person to an application."""

    offered: Scopes
    """The scopes that the person could grant."""
    given: Scopes
    """Those that they granted."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application with a consent, as displayed to the person."""

    client: str
    """The id of the application."""
    given: Scopes
    at: datetime
    """When the consent was given."""
    in_use: bool
    """Whether the application has a valid refresh token."""
