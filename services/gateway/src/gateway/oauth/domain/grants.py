"""What a person handed to an application, and the steps towards it.

AuthorizationRequest → (a person decides) → Grant + code → access tokens, refresh tokens of that one grant
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
"""No access token lives longer, so no revocation need be remembered longer."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An authorization request that holds. `launch`: the handle an EHR launch gave."""

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
    """What was at hand where an application was launched from."""

    subject: str
    patient: str | None
    encounter: str | None = None
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What one person gave one application at one time. `until`: when all of it ends. `fhir_user`,
    `acr`, `auth_time`: who the person is and how they had logged in (`Identity`)."""

    id: str
    client: str
    subject: str
    role: Role
    scopes: Scopes
    until: datetime
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
    """An authorization code, without its secret: what it is bound to."""

    redirect_uri: str
    challenge: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person answered an application before: of what was `offered`, what was `given`."""

    offered: Scopes
    given: Scopes


@dataclass(frozen=True, slots=True)
class Application:
    """One that a person granted something, as told to that person."""

    client: str
    given: Scopes
    at: datetime
    in_use: bool
