"""What a million input tokens of a model costs, for `headroom stats`.

    price_of("claude-sonnet-4.5") == price_of("claude-sonnet-4-5-20250929") == 3.00

List prices in USD, standard tier, shortest context, without caching or batch discounts. They change: AS_OF is printed beside
every amount, and `--price` overrides the table.
"""

from __future__ import annotations

from typing import NamedTuple

from headroom_cli.errors import UsageError

__all__ = ["AS_OF", "DEFAULT_MODEL", "PRICES", "Price", "asked_price", "money", "price_of"]

AS_OF = "2026-10"
DEFAULT_MODEL = "gpt-5.4"

PRICES: dict[str, float] = {
    "claude-fable-5": 10.00,
    "claude-haiku-4.5": 1.00,
    "claude-opus-4.1": 15.00,
    "claude-opus-4.5": 5.00,
    "claude-opus-4.6": 5.00,
    "claude-opus-4.7": 5.00,
    "claude-opus-4.8": 5.00,
    "claude-opus-5": 5.00,
    "claude-sonnet-4": 3.00,
    "claude-sonnet-4.5": 3.00,
    "claude-sonnet-4.6": 3.00,
    "claude-sonnet-5": 2.00,
    "gemini-2.5-flash": 0.30,
    "gemini-2.5-flash-lite": 0.10,
    "gemini-2.5-pro": 1.25,
    "gemini-3.1-pro": 2.00,
    "gemini-3.5-flash": 1.50,
    "gpt-4.1": 2.00,
    "gpt-4.1-mini": 0.40,
    "gpt-4.1-nano": 0.10,
    "gpt-4o": 2.50,
    "gpt-4o-mini": 0.15,
    "gpt-5": 1.25,
    "gpt-5-mini": 0.25,
    "gpt-5-nano": 0.05,
    "gpt-5.2": 1.75,
    "gpt-5.4": 2.50,
    "gpt-5.4-mini": 0.75,
    "gpt-5.4-nano": 0.20,
    "gpt-5.5": 5.00,
    "gpt-5.6-luna": 0.20,
    "gpt-5.6-sol": 5.00,
    "gpt-5.6-terra": 2.00,
    "grok-4.5": 2.00,
}


class Price(NamedTuple):
    """What tokens cost, and how sure that is."""

    usd: float  # per million input tokens
    about: str  # whose price, of when
    exact: bool  # our counts are this model's own


def asked_price(model: str | None, usd: float | None) -> Price:
    """The price of `model` (None: DEFAULT_MODEL), or `usd` where it is given. UsageError for a model without either."""
    name = model or DEFAULT_MODEL
    exact = _key(name.rpartition("/")[2]).startswith(("gpt-", "o1", "o3", "o4"))
    if usd is not None:
        return Price(usd, f"${usd:g} per million input tokens{f', {model}' if model else ''}", exact)
    usd = price_of(name)
    return Price(usd, f"{name}, ${usd:g} per million input tokens ({AS_OF}; --price sets another)", exact)


def price_of(model: str) -> float:
    """USD per million input tokens; a date or `latest` behind the name is ignored. UsageError for an unknown model."""
    import re

    wanted = re.sub(r"-(latest|\d{8}|\d{4}-\d\d-\d\d)$", "", _key(model.rpartition("/")[2]))
    for name, price in PRICES.items():
        if _key(name) == wanted:
            return price
    from difflib import get_close_matches

    near = get_close_matches(model, PRICES, 3, 0.5)
    known = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(PRICES)}"
    raise UsageError(f"no price is known for the model {model!r}", hint=f"{known} --price USD sets one")


def _key(name: str) -> str:
    return name.lower().replace(".", "-").replace("_", "-")


def money(tokens: int, price: float, exact: bool = True) -> str:
    """What `tokens` cost at `price` USD per million, `~` where they were estimated: `$1.27`, `$0.0042`, `<$0.0001`."""
    amount = tokens * price / 1e6
    if 0 < amount < 0.0001:
        return "<$0.0001"
    digits = 2 if abs(amount) >= 1 or not amount else 4
    return f"{'' if exact else '~'}{'-' if amount < 0 else ''}${abs(amount):,.{digits}f}"
