"""Millions of damaged inputs for everything that decodes: `python -m tests.fuzz`."""
