"""What esante answers over HTTP: it parses and renders."""
