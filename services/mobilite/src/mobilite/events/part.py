"""What the events share: nested parts and the keys of tables."""

from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A nested object of an event: immutable, and open to fields added later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def key_of(*parts: object) -> str:
    """The parts joined by ":" and percent-encoded, so that an id holding ":" stays unambiguous.

    None is the empty part.
    """
    return ":".join("" if part is None else quote(str(part), safe="") for part in parts)


def parts_of(key: str) -> list[str]:
    """What `key_of` joined."""
    return [unquote(part) for part in key.split(":")]
