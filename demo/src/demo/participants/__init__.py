"""Simulated people who take part in the demo's pilots while it runs, over the platform's public
API."""
