"""Type adapters are cached between applications, and never taken for one another."""

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, create_model


def route(annotation: Any, model: type[BaseModel] | None = None) -> APIRoute:
    """The one operation of a new application; its parameter `q` has the annotation."""
    app = FastAPI()

    @app.get("/", response_model=model)
    async def answer(q: annotation) -> Any:
        return {"q": q}

    (made,) = (each for each in app.routes if isinstance(each, APIRoute))
    return made


def errors(annotation: Any, value: object) -> list[Any]:
    """What FastAPI finds wrong with a value of the parameter."""
    (parameter,) = route(annotation).dependant.query_params
    found: list[Any] = parameter.validate(value)[1]
    return found


def test_equal_annotations_share_one() -> None:
    one, other = (
        route(Annotated[int, Query(ge=1, examples=[2])]).dependant.query_params[0] for _ in range(2)
    )
    assert one is not other
    assert one._type_adapter is other._type_adapter


@pytest.mark.parametrize(
    ("annotation", "taken", "refused"),
    [
        (Annotated[int, Query(ge=1)], "1", "0"),
        (Annotated[int, Query(ge=2)], "2", "1"),
        (Annotated[int, Query(le=1)], "1", "2"),
        (Annotated[list[Annotated[str, Field(max_length=2)]], Query()], ["ab"], ["abc"]),
        (Annotated[list[Annotated[str, Field(max_length=3)]], Query()], ["abc"], ["abcd"]),
    ],
)
def test_what_differs_is_judged_by_its_own(annotation: Any, taken: object, refused: object) -> None:
    assert not errors(annotation, taken)
    assert errors(annotation, refused)


def test_models_of_one_name_differ() -> None:
    for field in ("a", "b"):
        answer = route(str, create_model("Same", **{field: (str, "x")})).response_field
        assert answer is not None
        assert answer.validate({})[0].model_dump() == {field: "x"}


def test_what_is_documented_is_the_parameters_own() -> None:
    for sentence in ("one", "another"):
        (parameter,) = route(Annotated[int, Query(description=sentence)]).dependant.query_params
        assert parameter._type_adapter.json_schema()["description"] == sentence
