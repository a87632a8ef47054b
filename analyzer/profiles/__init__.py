"""Operational profiles: what users do, how often, with which pauses; planned, seen, derived."""
