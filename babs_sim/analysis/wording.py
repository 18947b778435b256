"""Numbers as people read them: at most three significant figures, thousands commas, true minus."""

import math
import re

MINUS = "\N{MINUS SIGN}"


def number(value: float, figures: int = 3) -> str:
    """Return a number in words.

    >>> number(-0.004567), number(123456.0), number(-0.0), number(float("nan"))
    ('−0.00457', '123,000', '0', 'not defined')
    """
    if not math.isfinite(value):
        return "not defined"
    if value == 0:
        return "0"
    places = figures - 1 - math.floor(math.log10(abs(value)))
    text = f"{abs(round(value, places)):,.{max(places, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if value < 0 else text


def pounds(value: float) -> str:
    """Return an amount of money, the minus before the pound sign.

    >>> pounds(-1234.5), pounds(-1.26e6), pounds(0.0)
    ('−£1,230', '−£1.26m', '£0')
    """
    if not math.isfinite(value):
        return "not defined"
    text = number(abs(value) / 1e6) + "m" if abs(value) >= 999_500 else number(abs(value))
    return f"{MINUS}£{text}" if value < 0 else f"£{text}"


def pence(value: float) -> str:
    """Return an amount of money of which less than a penny is nothing.

    >>> pence(-0.000741), pence(-0.325), pence(65.4), pence(-1234.5)
    ('£0', '−£0.33', '£65', '−£1,230')
    """
    if abs(value) < 0.005:
        return pounds(0.0)
    if abs(value) < 1:
        return f"{MINUS if value < 0 else ''}£{abs(value):.2f}"
    return pounds(float(round(value)))


def parameter_words(name: str) -> str:
    """Return the name of a parameter in words, for those that have no label.

    >>> parameter_words("effect.child.care_entry.service.therapy@base")
    'Effect › child › care entry › service › therapy (set base)'
    >>> parameter_words("rate.child.need_first.0.5-5")
    'Rate › child › need first › 0.5-5'
    """
    text, _, chosen = name.partition("@")
    parts = re.split(r"(?<!\d)\.|\.(?!\d)", text.replace("_", " "))
    words = " › ".join(parts) + (f" (set {chosen.replace('_', ' ')})" if chosen else "")
    return words[:1].upper() + words[1:]


def exact_pounds(value: float) -> str:
    """Return an amount of money to the pound, with pence where there are any.

    >>> exact_pounds(34336.25), exact_pounds(-73.0)
    ('£34,336.25', '−£73')
    """
    text = f"{abs(value):,.2f}".removesuffix(".00")
    return f"{MINUS}£{text}" if value < 0 else f"£{text}"


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.035)
    '3.5 %'
    """
    return f"{number(100 * share)} %"


def chance(share: float) -> str:
    """Return a chance as a percentage, never more certain than a thousand draws can say.

    >>> chance(1e-9), chance(0.25), chance(1.0)
    ('below 0.1 %', '25 %', 'above 99.9 %')
    """
    if share < 0.001:
        return "below 0.1 %"
    return "above 99.9 %" if share > 0.999 else percent(share)
