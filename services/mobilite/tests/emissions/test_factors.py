"""Which factor applies to which ride, the file of an operator, and the published method."""

from datetime import date
from pathlib import Path

import aiohttp
import pytest

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.emissions.domain.emissions import UNKNOWN, Emissions
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live
from mobilite.wiring.app import make_api
from socle.clock import SystemClock
from socle.errors import Refusal
from socle.testing import ServeApp

TAO, REMI = FeedId("tao"), FeedId("remi")
OWN = """\
[[factor]]
id = "bus_tao"
name = "Bus de TAO"
name_en = "TAO buses"
co2e_g = 10
nox_mg = 0
scope = "use"
source = "Mesures de l'exploitant"
date = 2026-01-15

[[factor]]
id = "tram"
name = "Tramway de TAO"
name_en = "TAO tram"
co2e_g = 3
route_types = [0]
scope = "use"
source = "Mesures de l'exploitant"
date = 2026-01-15

[[network]]
feed = "tao"
route_types = [3]
factor = "bus_tao"

[[network]]
feed = "tao"
routes = ["50"]
factor = "bus_gas"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "emissions.toml"
    path.write_text(OWN, "utf-8")
    return path


@pytest.mark.parametrize(
    ("route_type", "factor"),
    [
        *((0, "tram"), (1, "metro"), (2, "rail_regional"), (3, "bus_diesel"), (11, None)),
        *((4, None), (7, None), (-1, None)),
        *((100, "rail_regional"), (101, "rail_high_speed"), (102, "rail_long_distance")),
        *((106, "rail_regional"), (109, "rail_suburban"), (200, "coach"), (300, "rail_suburban")),
        *((401, "metro"), (405, None), (700, "bus_diesel"), (715, None), (900, "tram")),
        *((1100, None), (1799, None)),
    ],
)
def test_the_route_type_names_the_factor_or_none(route_type: int, factor: str | None) -> None:
    found = read_factors().factor_of_ride(route_type, TAO, "1")
    assert (found and found.id) == factor


def test_a_ride_emits_its_factor_by_its_distance() -> None:
    table = read_factors()
    assert table.emissions_of_ride(3, TAO, "1", 4000) == Emissions(454.0, None, None)
    assert table.emissions_of_ride(3, TAO, "1", None) == UNKNOWN
    assert table.emissions_of_ride(4, TAO, "1", 4000) == UNKNOWN


def test_walking_and_bicycles_emit_nothing_and_other_ways_are_not_guessed() -> None:
    table = read_factors()
    nothing = Emissions(0, 0, 0)
    assert table.emissions_of_way("walk", 800) == table.emissions_of_way("bicycle", 9) == nothing
    assert table.emissions_of_way("scooter_electric", 1000) == Emissions(2.0, None, None)
    assert table.emissions_of_way("taxi", 1000) == UNKNOWN


def test_a_car_is_the_one_that_emits_most() -> None:
    assert read_factors().emissions_of_way("car", 1000) == Emissions(206.6, None, None)


def test_every_published_factor_has_its_scope_source_and_date() -> None:
    factors = read_factors().factors.values()
    assert {factor.scope for factor in factors} == {"use"}
    assert all(factor.source and factor.date >= date(2026, 7, 1) for factor in factors)
    types = [each for factor in factors for each in factor.route_types]
    assert len(types) == len(set(types))


def test_an_operator_gives_factors_to_its_networks_and_routes(own: Path) -> None:
    table = read_factors(own)
    assert table.emissions_of_ride(3, TAO, "1", 1000) == Emissions(10, 0, None)
    assert table.emissions_of_ride(3, TAO, "50", 1000).co2e_g == 112.8
    assert table.emissions_of_ride(3, REMI, "1", 1000).co2e_g == 113.5
    assert table.emissions_of_ride(0, REMI, "A", 1000).co2e_g == 3
    assert table.emissions_of_ride(900, REMI, "A", 1000) == UNKNOWN  # replaced by one of type 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("co2e_g = 10", "co2e_g = -1"), "au moins 0"),
        (("co2e_g = 10", "co2e_g = nan"), "fini"),
        (('scope = "use"', 'scope = "all"'), "use"),
        (('"bus_gas"', '"zeppelin"'), "zeppelin"),
        (('id = "bus_tao"', 'id = "tram"'), "plusieurs"),
        (("[[network]]", "[[reseau]]"), "champ inconnu"),
        (('feed = "tao"', "feed ="), "TOML"),
    ],
)
def test_a_file_with_a_mistake_is_refused(own: Path, change: tuple[str, str], words: str) -> None:
    own.write_text(OWN.replace(*change), "utf-8")
    with pytest.raises(Refusal, match=words):
        read_factors(own)
    with pytest.raises(Refusal, match="lu"):
        read_factors(own.with_name("absent.toml"))


async def test_the_method_is_published(serve_app: ServeApp, own: Path) -> None:
    address = await serve_app(make_api(Live(), SystemClock(), read_factors(own)))
    path = f"{address}/mobilite/v1/emissions/factors"
    async with aiohttp.ClientSession() as session:
        async with session.get(path) as answer:
            french = await answer.json()
            assert (answer.status, answer.headers["vary"]) == (200, "accept-language")
        async with session.get(path, params={"lang": "en"}) as answer:
            english = await answer.json()
    assert "inconnu" in french["method"]
    assert "unknown" in english["method"]
    factors = {each["id"]: each for each in english["factors"]}
    assert factors["bus_tao"] == {
        "id": "bus_tao",
        "name": "TAO buses",
        "co2e_g": 10.0,
        "nox_mg": 0.0,
        "pm10_mg": None,
        "route_types": [],
        "scope": "use",
        "source": "Mesures de l'exploitant",
        "date": "2026-01-15",
    }
    assert english["networks"][1] == {
        "feed": "tao",
        "routes": ["tao:50"],
        "route_types": [],
        "factor": "bus_gas",
    }
