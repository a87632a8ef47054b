"""The slowhop command; one file for each of its commands."""
