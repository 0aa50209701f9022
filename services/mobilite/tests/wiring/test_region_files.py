"""The files of the region that an operator of the platform configures, or does not."""

from pathlib import Path

from mobilite.settings import MobiliteSettings
from mobilite.wiring.addresses import address_sources

REQUIRED = {"feeds": Path("feeds.toml"), "data": Path("data")}
STREETS, COMMUNES, BAN = Path("s.osm.pbf"), Path("c.csv"), Path("ban.csv.gz")


def test_an_empty_variable_is_no_file() -> None:
    names = ("streets", "communes", "addresses", "hubs", "emissions")
    settings = MobiliteSettings.model_validate(REQUIRED | dict.fromkeys(names, ""))
    assert [getattr(settings, name) for name in names] == [None] * 5


def test_addresses_are_those_of_their_file_else_of_the_streets() -> None:
    def sources(**files: Path) -> tuple[Path, ...]:
        return address_sources(MobiliteSettings.model_validate(REQUIRED | files))

    assert sources() == sources(communes=COMMUNES) == ()
    assert sources(addresses=BAN, streets=STREETS, communes=COMMUNES) == (BAN,)
    assert sources(streets=STREETS, communes=COMMUNES) == (STREETS, COMMUNES)
    assert sources(streets=STREETS) == (STREETS,)
