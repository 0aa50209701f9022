"""The base class of the nested objects of events, and the keys of table records."""

from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A nested object of an event: immutable, and open to fields added later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def key_of(*parts: object) -> str:
    """A record key: the parts, percent-encoded and joined by ":", so that an id that contains ":"
    stays unambiguous. None gives an empty part.
    """
    return ":".join("" if part is None else quote(str(part), safe="") for part in parts)


def feed_of(key: str) -> str:
    """The feed id at the start of a record key."""
    return unquote(key.partition(":")[0])


def parts_of(key: str) -> list[str]:
    """The parts of a record key, as texts; "" for None."""
    return [unquote(part) for part in key.split(":")]
