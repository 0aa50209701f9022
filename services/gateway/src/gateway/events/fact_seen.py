"""`gateway.fact-seen.v1`: the facts that services report, in pilots or not."""

from pydantic import AwareDatetime, Field

from socle.events import Event


class FactSeenV1(Event, topic="gateway.fact-seen.v1"):
    """Services have reported a fact during an hour. Key: `fact`.

    Published once an hour for each fact by each replica of the gateway, in the background and at
    least once: never how often, nor anything of a caller, a request or a pilot. A failed response
    does not count.
    """

    # Not an enumeration: a new fact would be a breaking change of this topic.
    fact: str = Field(
        pattern=r"^[a-z]{1,30}(-[a-z]{1,30}){0,4}$",
        description="The fact, from the closed list of `gateway.request-served.v2`",
    )
    hour: AwareDatetime = Field(description="The hour (UTC), by its beginning")

    def key(self) -> str:
        return self.fact
