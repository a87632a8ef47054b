"""Passing on what was accepted to other OTLP receivers, from a process of its own.

The file is the queue here too: the forwarder reads the run's files behind the collector and
remembers how far it came (`forward.json`). A target that is slow or gone costs the receiver
nothing.
"""
