"""One demo for all tests of this folder, at the rush hour of a day that is the same every time."""
