"""Topics, JSON Schemas, AsyncAPI and routes, generated from the services' code."""
