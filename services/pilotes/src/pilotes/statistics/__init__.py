"""The statistics of trials: estimates that stay valid when they are read every day
(`docs/decisions/0033`, `0081`, `0082`)."""
