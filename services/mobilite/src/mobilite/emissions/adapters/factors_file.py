"""The emission factors: the published ones, and the file in which an operator gives its own.

[[factor]]
id = "bus_tao"                # one of the published ids replaces that factor
name = "Bus électriques de TAO"
name_en = "TAO electric buses"
co2e_g = 9.1                  # for each kilometre of one passenger; so are the milligrams
nox_mg = 0.0                  # left out: unknown
pm10_mg = 12.0
route_types = []              # of GTFS, that it applies to in every network
scope = "use"
source = "Mesures 2025 de l'exploitant"
date = 2026-01-15

[[network]]
feed = "tao"
routes = ["1", "2"]           # left out: all routes of the feed
route_types = [3]             # left out: of any type
factor = "bus_tao"
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mobilite.emissions.domain.emissions import Emissions
from mobilite.emissions.domain.factors import Factor, FactorTable, NetworkFactor
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal
from socle.wording import mistakes_of

PUBLISHED: Final = files("mobilite.emissions") / "data" / "factors.toml"

Text = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
RouteTypes = tuple[Annotated[int, Field(ge=0, le=1799)], ...]


class _FactorTable(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Text
    name_en: Text
    co2e_g: Amount | None = None
    nox_mg: Amount | None = None
    pm10_mg: Amount | None = None
    route_types: RouteTypes = ()
    scope: Literal["use"]
    source: Text
    date: date


class _NetworkTable(BaseModel):
    model_config = ConfigDict(extra="forbid")

    feed: FeedId
    factor: str
    routes: frozenset[str] = frozenset()
    route_types: frozenset[int] = frozenset()


class _FactorsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    factor: tuple[_FactorTable, ...] = ()
    network: tuple[_NetworkTable, ...] = ()


def read_factors(own: Path | None = None) -> FactorTable:
    """The published factors, and those of an operator's file, which precede them.

    Raises Refusal("invalid") if the file has a mistake, Refusal("unavailable") if it cannot be
    read.
    """
    published = _parse(PUBLISHED.read_text("utf-8"), "factors.toml")
    if own is None:
        return FactorTable(map(_factor, published.factor))
    try:
        text = own.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("unavailable", f"{own} ne peut pas être lu : {error}.") from error
    given = _parse(text, str(own))
    _refuse_repeated(given.factor, own)
    replaced = {factor.id for factor in given.factor}
    factors = [
        *(factor for factor in published.factor if factor.id not in replaced),
        *given.factor,
    ]
    _refuse_unknown(given.network, {factor.id for factor in factors}, own)
    networks = (
        NetworkFactor(each.feed, each.factor, each.routes, each.route_types)
        for each in given.network
    )
    return FactorTable(map(_factor, factors), networks)


def _parse(text: str, name: str) -> _FactorsFile:
    try:
        return _FactorsFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{name} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{name} : {mistakes_of(error)}.") from error


def _refuse_repeated(factors: Iterable[_FactorTable], own: Path) -> None:
    ids = Counter(factor.id for factor in factors)
    types = Counter(each for factor in factors for each in factor.route_types)
    for value, times in [*ids.items(), *types.items()]:
        if times > 1:
            raise Refusal("invalid", f"{own} : « {value} » est donné par plusieurs [[factor]].")


def _refuse_unknown(networks: Sequence[_NetworkTable], ids: set[str], own: Path) -> None:
    for each in networks:
        if each.factor not in ids:
            raise Refusal("invalid", f"{own} : « {each.factor} » n'est l'id d'aucun [[factor]].")


def _factor(table: _FactorTable) -> Factor:
    return Factor(
        id=table.id,
        name=table.name,
        name_en=table.name_en,
        per_km=Emissions(table.co2e_g, table.nox_mg, table.pm10_mg),
        route_types=table.route_types,
        scope=table.scope,
        source=table.source,
        date=table.date,
    )
