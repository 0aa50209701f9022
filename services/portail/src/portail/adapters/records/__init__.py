"""The FHIR server and the authorization server of the platform, over HTTP."""

import aiohttp

from portail.adapters.records.cookie_seal import CookieSeal
from portail.adapters.records.fhir_client import FhirClient
from portail.adapters.records.oauth_client import OAuthClient
from portail.ports.records import RecordServices
from portail.settings import PortailSettings
from socle.clock import Clock


def make_record_services(
    session: aiohttp.ClientSession, settings: PortailSettings, clock: Clock
) -> RecordServices:
    """What the record pages need. The settings have a `client_secret`."""
    assert settings.client_secret is not None
    secret = settings.client_secret.get_secret_value()
    authorization = OAuthClient(
        session,
        base=settings.api,
        public=settings.public,
        client_id=settings.client_id,
        secret=secret,
    )
    return RecordServices(
        FhirClient(session, base=settings.api), authorization, CookieSeal(secret), clock
    )
