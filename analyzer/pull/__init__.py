"""Traces out of a running backend: its searches, page by page, into a file of OTLP frames."""
