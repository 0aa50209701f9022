"""What a person granted to an application, and the steps towards it.

AuthorizationRequest → (a person decides) → Grant and code → access tokens and refresh tokens
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.callers.domain.identity import Role
from gateway.oauth.domain.scopes import Scopes

CODE_LIFE: Final = timedelta(seconds=60)
DECISION_LIFE: Final = timedelta(minutes=15)
LAUNCH_LIFE: Final = timedelta(minutes=5)
OFFLINE_LIFE: Final = timedelta(days=30)
ONLINE_LIFE: Final = timedelta(hours=8)
LONGEST_TOKEN: Final = timedelta(hours=1)
"""The longest life of an access token, and so of its revocation."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid authorization request. `launch`: the handle of an EHR launch."""

    client: str
    redirect_uri: str
    state: str
    scopes: Scopes
    challenge: str
    nonce: str | None = None
    launch: str | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """The launch context of an EHR launch."""

    subject: str
    patient: str | None
    encounter: str | None = None
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted to an application at one time. `fhir_user`, `acr`, `auth_time`: as in
    `Identity`."""

    id: str
    client: str
    subject: str
    role: Role
    scopes: Scopes
    until: datetime
    """The end of all its tokens."""
    patient: str | None = None
    encounter: str | None = None
    intent: str | None = None
    organisation: str | None = None
    nonce: str | None = None
    fhir_user: str | None = None
    acr: str | None = None
    auth_time: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code is bound to; its secret is not included."""

    redirect_uri: str
    challenge: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """A stored consent: of the scopes that were `offered`, those that were `given`."""

    offered: Scopes
    given: Scopes


@dataclass(frozen=True, slots=True)
class Application:
    """An application with a consent, as displayed to the person."""

    client: str
    given: Scopes
    at: datetime
    in_use: bool
