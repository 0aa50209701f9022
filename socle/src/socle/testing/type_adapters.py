"""FastAPI's type adapters, cached between the applications of a test run.

FastAPI makes one for every parameter and answer of every route. Tests make hundreds of
applications, whose routes are always the same.
"""

from functools import partial
from typing import Any, get_args, get_origin

from fastapi._compat import v2
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

_cached: dict[Any, TypeAdapter[Any]] = {}


def cache_type_adapters() -> None:
    """Let FastAPI use one adapter for equal annotations, from now on."""
    v2.TypeAdapter = _adapter  # type: ignore[attr-defined, assignment]


def _adapter(annotation: Any, **options: Any) -> TypeAdapter[Any]:
    """The adapter of `Annotated[type, …, FieldInfo]`, made once."""
    make = partial(TypeAdapter[Any], annotation, **options)
    key = (_key(annotation), *(_key(each) for each in options.values()))
    try:
        if key not in _cached:
            _cached[key] = make()
    except TypeError:  # a part that is not hashable
        return make()
    return _cached[key]


def _key(part: Any) -> Any:
    """What equal annotations have in common. Classes and functions stand for themselves: two with
    one name differ."""
    if arguments := get_args(part):
        return get_origin(part), *map(_key, arguments)
    if isinstance(part, FieldInfo):
        return type(part), _key(part._attributes_set), _key(part.metadata)
    if isinstance(part, dict):
        return tuple((name, None if value is None else _key(value)) for name, value in part.items())
    if isinstance(part, list | set):
        return tuple(map(_key, part))
    return type(part), part
