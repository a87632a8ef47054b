"""What a person sees in a terminal: the report, the live view, one request as a waterfall."""
