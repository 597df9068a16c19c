"""Ways to transform real strengths between scattered points and a half spectrum, all behind one interface.

An engine is made for some mode counts and a tolerance. `engine.set_points(fractions, dtype)` returns an object with

    type1(strengths (B, N, C) real)          → half spectrum, complex (B, C, H1, …, Hd)
    type2(modes, complex (B, C, H1, …, Hd))  → field at the points, real (B, N, C)

for points s ∈ ℝ^d in fractional coordinates, period 1. An engine computes values only: `ops.nufft` differentiates the
transforms by transforms, so that nothing here needs a gradient.
"""
