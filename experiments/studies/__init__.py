"""What the experiments cost, and how far sums over pairs come without a network."""
