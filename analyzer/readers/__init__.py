"""Dumps and run directories to spans in columns; one file for each format."""
