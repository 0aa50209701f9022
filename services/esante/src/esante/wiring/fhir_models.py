"""Resources of our own, checked by the R4B models of `fhir.resources`.

The models are imported by who needs them, late: each takes half a second and 30 MB.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel


def model_text(model: type[BaseModel], content: Mapping[str, Any]) -> bytes:
    """The JSON of a resource. Raises pydantic's ValidationError for content that FHIR refuses."""
    body = orjson.loads(model(**content).model_dump_json(exclude_none=True))
    return orjson.dumps({"resourceType": model.__name__, **body})
