"""The XML of one feed's objects: ids, references and texts.

Text is written, not built as a tree: a schedule of two million calls is written in the memory of
one journey.
"""

import re
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from mobilite.gtfs.domain.ids import global_id
from mobilite.netex.domain.identifiers import object_id
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.domain.timetable import Timetable

VERSION: Final = 'version="any"'
"""The profile requires a version of every object and reference, "any" where there is none."""
_ILLEGAL: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot contain, not even escaped: https://www.w3.org/TR/xml/#charsets"""


def element(name: str, text: object) -> str:
    """An element with a text; "" if the text is empty."""
    content = escape(_ILLEGAL.sub("", str(text)))
    return f"<{name}>{content}</{name}>" if content else ""


def location(longitude: float, latitude: float) -> str:
    """The Location of a point in WGS 84 degrees; "" if it has none (NaN)."""
    if longitude != longitude or latitude != latitude:
        return ""
    return (
        f"<Location><Longitude>{longitude:.7f}</Longitude>"
        f"<Latitude>{latitude:.7f}</Latitude></Location>"
    )


@dataclass(frozen=True, slots=True)
class FeedObjects:
    """Names the objects of one feed."""

    feed: MergedFeed
    timetable: Timetable

    def id(self, object_type: str, local: str) -> str:
        """The id of an object as the value of an attribute."""
        return escape(object_id(self.feed.feed_id, object_type, local), {'"': "&quot;"})

    def start(self, object_type: str, local: str, attributes: str = "") -> str:
        """The start tag of an object. `attributes`: further ones, as XML."""
        return f'<{object_type} id="{self.id(object_type, local)}" {VERSION}{attributes}>'

    def ref(self, object_type: str, local: str, name: str = "") -> str:
        """A reference to an object. `name`: of the element, unless it is that of the type."""
        return f'<{name or object_type}Ref ref="{self.id(object_type, local)}" {VERSION}/>'

    def code(self, local: str) -> str:
        """The id of an object on the platform: that of GTFS, SIRI and the API."""
        return element("PrivateCode", global_id(self.feed.feed_id, local))

    def accessibility(self, object_type: str, local: str, value: int) -> str:
        """The AccessibilityAssessment of an object. `value`: of wheelchair_boarding or
        wheelchair_accessible; "" for 0 (not known)."""
        if not value:
            return ""
        access = "true" if value == 1 else "false"
        return (
            f"{self.start('AccessibilityAssessment', f'{object_type}:{local}')}"
            f"<MobilityImpairedAccess>{access}</MobilityImpairedAccess><limitations>"
            f"<AccessibilityLimitation><WheelchairAccess>{access}</WheelchairAccess>"
            "</AccessibilityLimitation></limitations></AccessibilityAssessment>"
        )
