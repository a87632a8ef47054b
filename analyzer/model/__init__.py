"""What is analysed: spans in columns, their names, the run they belong to, and what was odd."""
