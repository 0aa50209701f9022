"""What the guides of the ANS require, as tests, and their examples (`tests/volets`)."""
