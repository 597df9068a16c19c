"""A neural operator on scattered points: Burgers' equation in 1-D, a nonlinear Poisson equation in 2-D."""
