"""SOAP in NumPy, a problem with gradients of full rank, and the optimizer with the same settings."""

import numpy as np
import tensorflow as tf

from lrc_keras.training.soap import SOAP

RATE = 1 / 64  # Keras holds it in float32, which must not matter here
RNG = np.random.default_rng(7)
SQUARE = RNG.normal(size=(5, 5))  # square and of full rank: the first eigenbases are unique up to sign
A, B = RNG.normal(size=(5, 5)), RNG.normal(size=(5, 5))
NOISE = RNG.normal(size=(30, 5, 5))  # a repeated gradient leaves Adam to scale rounding errors


def gradient(w, t):
    """Of ½‖A W B‖² + Σ cos W + Σ NOISE W, never of low rank: no eigenvector is left to rounding."""
    return A.T @ A @ w @ B @ B.T - np.sin(w) + NOISE[t]


def tf_gradient(w, t):
    return A.T @ A @ w @ B @ B.T - tf.sin(w) + tf.gather(NOISE, t)


def sorted_eigenvectors(p):
    return np.linalg.eigh(p)[1][:, ::-1]


def numpy_soap(w, steps, sides="LR", rate=RATE, beta_1=0.9, beta_2=0.95, shampoo_beta=0.8, interval=3):
    """Algorithm 3 of arXiv:2409.11321, one matrix, plain; the first step only makes the bases."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    left, right = np.zeros((len(w), len(w))), np.zeros((w.shape[1], w.shape[1]))
    q_l, q_r = np.eye(len(w)), np.eye(w.shape[1])
    for t in range(steps):
        g = gradient(w, t)
        if t > 0:
            m = beta_1 * m + (1 - beta_1) * g
            v = beta_2 * v + (1 - beta_2) * (q_l.T @ g @ q_r) ** 2
            n = (q_l.T @ m @ q_r) / (np.sqrt(v) + 1e-8)
            w = w - rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * q_l @ n @ q_r.T
        left = shampoo_beta * left + (1 - shampoo_beta) * g @ g.T
        right = shampoo_beta * right + (1 - shampoo_beta) * g.T @ g
        if t == 0:
            q_l, q_r = sorted_eigenvectors(left), sorted_eigenvectors(right)
        elif t % interval == 0:
            order_l = np.argsort(-np.diag(q_l.T @ left @ q_l))
            order_r = np.argsort(-np.diag(q_r.T @ right @ q_r)) if "R" in sides else np.arange(len(q_r))
            v = v[order_l][:, order_r]
            q_l = np.linalg.qr(left @ q_l[:, order_l])[0]
            q_r = np.linalg.qr(right @ q_r[:, order_r])[0]
        if "R" not in sides:
            q_r = np.eye(w.shape[1])
    return w


def optimizer(**changes):
    options = dict(learning_rate=RATE, beta_1=0.9, beta_2=0.95, shampoo_beta=0.8, refresh_interval=3)
    return SOAP(**(options | changes))


def run(soap, weight, steps):
    for _ in range(steps):
        soap.apply([tf_gradient(weight.value, soap.iterations)], [weight])
    return weight.numpy()
