"""One demo with its pilots for all tests of this folder, on the day of the test, on a broker and a
PostgreSQL that they may look into."""
