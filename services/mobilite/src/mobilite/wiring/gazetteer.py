"""What the operator of the platform declares about places, from its files."""

from mobilite.addresses.adapters.communes_file import read_communes
from mobilite.places.adapters.hubs_file import read_hubs
from mobilite.places.domain.region_places import Gazetteer
from mobilite.settings import MobiliteSettings


def read_gazetteer(settings: MobiliteSettings) -> Gazetteer:
    """The communes and the declared hubs; none of a file that is not configured. Raises Refusal."""
    return Gazetteer(
        communes=() if settings.communes is None else read_communes(settings.communes),
        hubs=() if settings.hubs is None else read_hubs(settings.hubs),
    )
