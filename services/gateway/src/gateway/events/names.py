"""How pilots, their arms and their people are named on the bus."""

from typing import Annotated

from pydantic import Field

PilotId = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,47}$", description="The pilot, for ever")
]
ArmName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="An arm of the pilot")
]
Pseudonym = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        description="HMAC-SHA256, its key the pilot's salt (decoded), of the platform's subject in "
        "UTF-8; in hexadecimal. Who takes part without an account is `participant:` and the value "
        "of the cookie `__Host-participant`",
    ),
]
PlaceCode = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,47}$", description="A place that the pilot draws")
]
