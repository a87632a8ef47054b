"""Spans as other formats tell them, and their way into OTLP: for files and for wires alike."""
