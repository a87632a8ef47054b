"""Sample systems to analyse: the tutorial pair and a shop with named faults."""
