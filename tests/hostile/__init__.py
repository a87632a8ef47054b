"""Names that do harm where they are written as they came, and the outputs that must not."""
