"""The HTTP endpoints of portail: they parse requests and render pages."""
