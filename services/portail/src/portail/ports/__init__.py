"""The port of the pages: the public API. A module for each group of endpoints."""

from typing import Protocol

from portail.ports.journeys import JourneysApi
from portail.ports.live_map import LiveMapApi
from portail.ports.networks import NetworksApi
from portail.ports.stops import StopsApi


class PublicApi(
    JourneysApi,
    LiveMapApi,
    NetworksApi,
    StopsApi,
    Protocol,
):
    """The endpoints under /mobilite/v1 that the pages use. `cursor`: of a page, `next` of the one
    before. `language`: of the texts that exist in it.

    Every method raises Refusal: with the API's category and sentence if it refuses, "unavailable"
    if it cannot be reached or its response is invalid.
    """
