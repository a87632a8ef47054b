"""What got slower between two runs, by how much, and whether that is more than noise."""
