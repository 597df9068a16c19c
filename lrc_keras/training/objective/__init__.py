"""What a training minimises and reports: losses, errors, and the choice of them that a recipe makes."""
