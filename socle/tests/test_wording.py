"""The sentences about the mistakes in a file."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from socle.wording import mistakes_of


class Hub(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    stops: tuple[str, ...] = ()


class File(BaseModel):
    hub: tuple[Hub, ...] = ()


def test_each_mistake_has_its_place_and_no_value() -> None:
    content = {"hub": [{"name": "Gare"}, {"name": "Port", "stops": ["a", 7]}, {"secret": "s3cr3t"}]}
    with pytest.raises(ValidationError) as caught:
        File.model_validate(content)
    assert mistakes_of(caught.value) == (
        "hub[2] stops[2] : un texte est attendu"
        " ; hub[3] name : valeur obligatoire absente"
        " ; hub[3] secret : champ inconnu"
    )
