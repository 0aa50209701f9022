"""NETEX_COMMUN: where the data comes from, and the operators."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from mobilite.feeds.domain.licences import licence_url
from mobilite.netex.adapters.feed_objects import FeedObjects, element
from mobilite.timetable.domain.agencies import agency_id

SOURCE = "source"
"""The local id of the DataSource."""


def source_objects(feed: FeedObjects) -> Iterator[str]:
    """The DataSource with its licence, and an Operator for each agency."""
    yield _source(feed)
    timetable = feed.timetable
    for row in range(len(timetable.agency_ids)):
        local = agency_id(timetable, row)
        contact = (
            element("Email", timetable.agency_emails[row])
            + element("Phone", timetable.agency_phones[row])
            + element("Url", timetable.agency_urls[row])
        )
        yield (
            feed.start("Operator", local)
            + feed.code(local)
            + element("Name", timetable.agency_names[row] or feed.feed.name)
            + (f"<ContactDetails>{contact}</ContactDetails>" if contact else "")
            + "<OrganisationType>operator</OrganisationType></Operator>"
        )


def _source(feed: FeedObjects) -> str:
    licence = feed.feed.licence
    return (
        feed.start("DataSource", SOURCE)
        + element("Name", feed.feed.name)
        + element("Description", feed.feed.attribution or feed.feed.name)
        + (f"<DataLicenceCode ref={quoteattr(licence)}/>" if licence else "")
        + element("DataLicenceUrl", licence_url(licence) or "")
        + "</DataSource>"
    )
