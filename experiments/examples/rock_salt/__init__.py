"""Rock salt and its melt from quantum mechanics: configurations, and their energies, forces, stresses, charges."""
