"""What portail answers over HTTP: it parses and renders."""
