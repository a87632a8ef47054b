"""The one place that knows the order of the steps from a capture to a report."""
