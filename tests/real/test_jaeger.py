"""Spans that went through Jaeger say the same as those that were sent to it."""
