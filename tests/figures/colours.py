"""How colours look to people who see fewer of them, and how far they stand apart.

Simulation: Machado, Oliveira and Fernandes 2009 (IEEE Transactions on Visualization and Computer
Graphics 15:1291), matrices of full severity on linear light.  Distance: CIE 1976 L*a*b* under D65.
Contrast: WCAG 2.2 relative luminance.
"""

import numpy as np

MATRICES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def linear(colour: str) -> np.ndarray:
    """Return the linear light (3,) of a colour such as ``#12436D``."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """Return L*, a*, b* of linear light."""
    ratio = (_XYZ @ light) / (_XYZ @ np.ones(3))
    cube = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * cube[1] - 16, 500 * (cube[0] - cube[1]), 200 * (cube[1] - cube[2])])


def apart(one: str, other: str, seen: str = "normal") -> float:
    """Return how far two colours stand apart to somebody with one kind of colour vision."""
    matrix = MATRICES[seen]
    places = [lab(np.clip(matrix @ linear(colour), 0.0, 1.0)) for colour in (one, other)]
    return float(np.linalg.norm(places[0] - places[1]))


def contrast(one: str, other: str = "#FFFFFF") -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(weights @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)
