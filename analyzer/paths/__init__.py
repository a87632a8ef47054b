"""Critical paths: a compiled kernel, a readable reference and a networkx graph, all equal."""
