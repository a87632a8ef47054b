"""The OTLP receiver: appends what it accepts to the run directory before it answers."""
