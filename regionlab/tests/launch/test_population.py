"""What the data folder says of the simulated population."""

from datetime import date
from pathlib import Path

import pytest

from regionlab.errors import UserError
from regionlab.launch.population import (
    FILE,
    PopulationOptions,
    is_loaded,
    read_options,
    store_options,
)

DAY = date(2026, 3, 2)


def test_a_population_is_loaded_once_and_its_date_is_stored(tmp_path: Path) -> None:
    options = PopulationOptions(tmp_path, scale=0.2)
    assert not is_loaded(options)
    store_options(options, DAY, loaded=False)
    assert not is_loaded(options)
    store_options(options, DAY, loaded=True)
    assert is_loaded(options)
    assert read_options(options) == (DAY, True)
    assert not is_loaded(PopulationOptions(tmp_path, scale=1))


def test_a_file_of_before_has_a_date_and_is_loaded_again(tmp_path: Path) -> None:
    options = PopulationOptions(tmp_path, 1.0, 1, "http://localhost:8080/fhir")
    text = '{"seed": 1, "scale": 1.0, "url": "http://localhost:8080/fhir", "today": "2026-03-02"}'
    (tmp_path / FILE).write_text(text)
    assert read_options(options) == (DAY, False)


@pytest.mark.parametrize("text", ["[", "[]", "{}", '{"today": 3}'])
def test_a_file_that_is_damaged_is_named(text: str, tmp_path: Path) -> None:
    options = PopulationOptions(tmp_path)
    (tmp_path / FILE).write_text(text)
    assert not is_loaded(options)
    with pytest.raises(UserError, match="illisible"):
        read_options(options)
