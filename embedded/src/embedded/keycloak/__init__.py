"""A real Keycloak, from its distribution on Maven Central, so that it is held to the same tests."""
