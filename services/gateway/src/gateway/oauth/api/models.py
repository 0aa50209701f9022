"""The forms and the JSON of the token, introspection and revocation endpoints, for the OpenAPI
document."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class TokenJson(TypedDict):
    """An access token (RFC 6749 §5.1), with the context of SMART."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="Secondes")]
    scope: str
    refresh_token: NotRequired[str]
    id_token: NotRequired[str]
    patient: NotRequired[str]
    encounter: NotRequired[str]
    intent: NotRequired[str]
    need_patient_banner: NotRequired[bool]
    smart_style_url: NotRequired[str]


class IntrospectionJson(TypedDict):
    """The state of a token (RFC 7662 §2.2). Of an inactive one, nothing else is disclosed."""

    active: bool
    scope: NotRequired[str]
    client_id: NotRequired[str]
    token_type: NotRequired[str]
    exp: NotRequired[int]
    iat: NotRequired[int]
    sub: NotRequired[str]
    iss: NotRequired[str]
    patient: NotRequired[str]


class OAuthErrorJson(TypedDict):
    """An error of OAuth (RFC 6749 §5.2)."""

    error: str
    error_description: str


_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
OAUTH_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": OAuthErrorJson, "content": _PROBLEM, "description": "Demande refusée"},
    401: {
        "model": OAuthErrorJson,
        "content": _PROBLEM,
        "description": "Application inconnue, ou mal authentifiée",
    },
}
"""The error responses of the three endpoints: those of OAuth, and problems if the gateway refuses
the request before the form is read."""
CLIENT_FIELDS: Final[Mapping[str, str]] = {
    "client_id": "L'application ; absent si elle s'authentifie par l'en-tête Authorization",
    "client_assertion_type": "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`",
    "client_assertion": "Un JWT signé par l'application (RFC 7523)",
}
TOKEN_FIELDS: Final[Mapping[str, str]] = {
    "grant_type": "`authorization_code`, `refresh_token` ou `client_credentials`",
    "code": "Le code reçu à l'adresse de retour",
    "redirect_uri": "L'adresse de retour",
    "code_verifier": "Le secret de PKCE",
    "refresh_token": "Le jeton à renouveler",
    "scope": "Les droits demandés, séparés par des espaces",
}
TOKEN_OF_FORM: Final[Mapping[str, str]] = {"token": "Un jeton d'accès ou de renouvellement"}


def form_of(fields: Mapping[str, str], required: str) -> dict[str, Any]:
    """The `requestBody` of a form. `fields`: their descriptions. The fields with which an
    application authenticates are added."""
    properties = {
        name: {"type": "string", "description": description}
        for name, description in {**fields, **CLIENT_FIELDS}.items()
    }
    schema = {"type": "object", "required": [required], "properties": properties}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
