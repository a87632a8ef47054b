"""One reader for each kind of span dump; all of them give the same columns."""
