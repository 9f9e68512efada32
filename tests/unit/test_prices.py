"""Prices are found under the names people type, and amounts never look like nothing."""

from __future__ import annotations

import pytest

from headroom_cli.errors import UsageError
from headroom_cli.prices import PRICES, asked_price, money, price_of


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gpt-4o", "gpt-4o"),
        ("GPT-4o", "gpt-4o"),
        ("openai/gpt-4o-2024-08-06", "gpt-4o"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4.5"),
        ("claude-opus-5-latest", "claude-opus-5"),
    ],
)
def test_a_model_is_found_under_its_names(name: str, known: str) -> None:
    assert price_of(name) == PRICES[known]


def test_an_unknown_model_is_refused_with_near_names() -> None:
    with pytest.raises(UsageError, match="did you mean gpt-5"):
        price_of("gpt-5-minni")


def test_a_price_of_ones_own_needs_no_known_model() -> None:
    price = asked_price("my-model", 0.7)
    assert (price.usd, price.exact) == (0.7, False)
    assert "my-model" in price.about
    assert asked_price("claude-sonnet-5", None).exact is False
    assert asked_price("gpt-4o", None).exact is True


@pytest.mark.parametrize(
    ("tokens", "price", "exact", "text"),
    [
        (1_000_000, 2.5, True, "$2.50"),
        (1000, 2.5, True, "$0.0025"),
        (0, 2.5, True, "$0.00"),
        (2, 2.5, True, "<$0.0001"),
        (-2_000_000, 1.0, True, "-$2.00"),
        (3_000_000_000, 1.25, False, "~$3,750.00"),
    ],
)
def test_money(tokens: int, price: float, exact: bool, text: str) -> None:
    assert money(tokens, price, exact) == text
