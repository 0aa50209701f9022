"""The discovery documents of the authorization server: only what it implements.

https://hl7.org/fhir/smart-app-launch/conformance.html
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from typing import Any, Final

from gateway.oauth.domain.scopes import PLAIN

_CAPABILITIES: Final = (
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)
_CLAIMS: Final = ("iss", "sub", "aud", "exp", "iat", "nonce", "acr", "auth_time", "fhirUser")
_SCOPES: Final = (*sorted(PLAIN), "patient/*.cruds", "user/*.cruds", "system/*.cruds")

# The colours and fonts of the platform's pages, for launched applications.
# https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
SMART_STYLE: Final = {
    "color_background": "#ffffff",
    "color_error": "#b3001b",
    "color_highlight": "#0a4a9e",
    "color_modal_backdrop": "",
    "color_success": "#0b6b3a",
    "color_text": "#14182b",
    "dim_border_radius": "8px",
    "dim_font_size": "17px",
    "dim_spacing_size": "16px",
    "font_family_body": "system-ui, sans-serif",
    "font_family_heading": "system-ui, sans-serif",
}


def smart_configuration(public: str) -> dict[str, Any]:
    """The SMART configuration. `public`: the platform's address."""
    return _endpoints(public) | {
        "management_endpoint": f"{public}/auth/applications",
        "capabilities": list(_CAPABILITIES),
    }


def openid_configuration(public: str) -> dict[str, Any]:
    """The OpenID configuration. `public`: the platform's address."""
    return _endpoints(public) | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": list(_CLAIMS),
    }


def _endpoints(public: str) -> dict[str, Any]:
    return {
        "issuer": public,
        "jwks_uri": f"{public}/auth/jwks",
        "authorization_endpoint": f"{public}/auth/authorize",
        "token_endpoint": f"{public}/auth/token",
        "introspection_endpoint": f"{public}/auth/introspect",
        "revocation_endpoint": f"{public}/auth/revoke",
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": list(_SCOPES),
        "authorization_response_iss_parameter_supported": True,
    }
