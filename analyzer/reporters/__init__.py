"""One reporter for each form a report can take."""
