"""The adapters of portail: the public API, its event streams, a response cache."""
