"""hubs.toml: the hubs that the operator of the platform declares, in place of those found.

    [[hub]]
    id = "gare-d-orleans"
    name = "Gare d'Orléans"      # optional
    stops = ["sncf:87543009", "tao:gare-d-orleans", "remi:orleans-gare-routiere"]

Its stops belong to no other hub. A hub with a single stop takes that stop out of every hub.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.places.domain.hubs import DeclaredHub
from socle.errors import Refusal
from socle.wording import mistakes_of

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _HubTable(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    name: Text | None = None
    stops: Annotated[tuple[Text, ...], Field(min_length=1)]


class _HubsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hub: tuple[_HubTable, ...] = ()


def read_hubs(path: Path) -> tuple[DeclaredHub, ...]:
    """The hubs declared in the file. Raises Refusal("unavailable") if it cannot be read, or
    Refusal("invalid"), which names the mistakes, or an id or a stop that is there twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("unavailable", f"{path} ne peut pas être lu : {error}.") from error
    try:
        declared = _HubsFile.model_validate(tomllib.loads(text)).hub
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from error
    named = Counter([hub.id for hub in declared] + [stop for hub in declared for stop in hub.stops])
    twice = [name for name, count in named.items() if count > 1]
    if twice:
        raise Refusal("invalid", f"{path} : déclaré plusieurs fois : {', '.join(twice)}.")
    return tuple(
        DeclaredHub(hub.id, tuple(GlobalId(stop) for stop in hub.stops), hub.name)
        for hub in declared
    )
