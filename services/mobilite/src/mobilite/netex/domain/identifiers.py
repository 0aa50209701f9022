"""Ids of NeTEx objects, in the form of the French profile: `<feed>:<type>:<id in the feed>:LOC`.

The type is part of the id because GTFS lets a stop and a route have the same one. The id without it
is the PrivateCode: that of GTFS, GTFS-Realtime, SIRI and the API.
Profile NeTEx France 2.3, « Codification des identifiants ».
"""

import re
from typing import Final
from urllib.parse import quote

from mobilite.gtfs.domain.ids import FeedId

_UNWRITABLE: Final = re.compile("[^ -\\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|%")
"""What XML cannot contain or an attribute does not preserve, and the escape character itself."""


def object_id(feed_id: FeedId, object_type: str, local: str) -> str:
    """The id of a NeTEx object. `object_type`: the name of its element. `local`: the id in the
    feed; characters that XML does not preserve are percent-encoded (RFC 3986)."""
    return f"{feed_id}:{object_type}:{_UNWRITABLE.sub(_encoded, local)}:LOC"


def _encoded(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="replace")
