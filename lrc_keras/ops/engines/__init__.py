"""Engines compute transforms between real strengths at scattered points and half spectra. They share one interface.

`engine.set_points(fractions, dtype)` returns an object with

    type1(strengths (B, N, C) real)          → half spectrum, complex (B, C, H1, …, Hd)
    type2(modes, complex (B, C, H1, …, Hd))  → field at the points, real (B, N, C)

for points s ∈ ℝ^d in fractional coordinates, which have period 1. Engines define no gradients, because `ops.nufft`
computes derivatives as transforms.
"""
