"""Spans to dumps; one file for each format."""
