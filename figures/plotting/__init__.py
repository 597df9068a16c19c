"""Drawings with Matplotlib: tables, learning curves, figures without training, and the picture of the method."""
