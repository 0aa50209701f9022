"""A pilot's figures: what is measured of each participant, and what is told of all of them."""
