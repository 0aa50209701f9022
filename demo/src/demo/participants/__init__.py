"""People who take part in the demo's pilots while it runs, by the platform's public addresses."""
