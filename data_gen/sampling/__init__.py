"""Random configurations of points with a minimum distance: exact samples, not a Markov chain."""
