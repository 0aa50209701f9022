"""The public API over HTTP. Only this folder contains its paths and parses its JSON: a module for
each group of endpoints, of which `HttpPublicApi` is made.
"""

from portail.adapters.public_api.journeys import HttpJourneysApi
from portail.adapters.public_api.live_map import HttpLiveMapApi
from portail.adapters.public_api.networks import HttpNetworksApi
from portail.adapters.public_api.stops import HttpStopsApi


class HttpPublicApi(
    HttpJourneysApi,
    HttpLiveMapApi,
    HttpNetworksApi,
    HttpStopsApi,
):
    """Implements `PublicApi` over HTTP."""
