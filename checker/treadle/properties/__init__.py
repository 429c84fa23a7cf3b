"""Properties: what is judged, of a step, of a state, and of the graph of all states."""
