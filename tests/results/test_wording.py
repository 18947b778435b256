"""Numbers as people read them."""

import pytest

from babs_sim.analysis.wording import number, percent, pounds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"), (1.0, "1"), (12.345, "12.3"), (0.0012345, "0.00123"), (999.6, "1,000"),
        (1234.0, "1,230"), (9_876_543.0, "9,880,000"), (-4.871, "−4.87"), (100.0, "100"),
        (float("inf"), "not defined"), (0.5, "0.5"), (1e-9, "0.000000001"),
    ],
)  # fmt: skip
def test_numbers(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234.0, "£1,230"), (-1234.0, "−£1,230"), (0.0, "£0"), (12.5, "£12.5"),
        (999_499.0, "£999,000"), (999_600.0, "£1m"), (-1_260_000.0, "−£1.26m"),
        (2.5e9, "£2,500m"), (float("nan"), "not defined"),
    ],
)  # fmt: skip
def test_money(value: float, expected: str) -> None:
    assert pounds(value) == expected


def test_percent() -> None:
    assert percent(0.01286) == "1.29 %"
