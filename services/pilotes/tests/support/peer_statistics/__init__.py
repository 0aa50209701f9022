"""What confseq, gbstats and lifelines calculate from stated inputs (`docs/decisions/0092`).

`make peers` runs it in `.venv-peers`, where the platform is not installed: nothing here imports it.
"""
