"""The report, version 1: its model and its JSON Schema."""
