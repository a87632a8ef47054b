"""slowhop's analyzer: from spans to a ranking of what makes requests slow."""

__version__ = "0.1.0"
