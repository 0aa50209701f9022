"""A real Keycloak, from its distribution on Maven Central: login is tested on it too."""
