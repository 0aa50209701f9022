"""The page of disruptions."""
