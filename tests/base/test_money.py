"""Money is exact, and knows its currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.money import CURRENCIES, CurrencyUnknown, Money

amounts = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(12_000, "CNY"), "120.00 CNY"),
        (Money(-5, "USD"), "-0.05 USD"),
        (Money(1200, "JPY"), "1200 JPY"),
        (Money(1200, "KWD"), "1.200 KWD"),
    ],
)
def test_it_is_shown_in_the_currency_s_own_units(money: Money, shown: str) -> None:
    assert str(money) == shown


@given(amounts, amounts, st.sampled_from(sorted(CURRENCIES)))
def test_sums_are_exact(one: int, other: int, currency: str) -> None:
    assert Money(one, currency) + Money(other, currency) - Money(other, currency) == Money(one, currency)


def test_two_currencies_never_meet_in_one_sum() -> None:
    with pytest.raises(AssertionError, match="two currencies"):
        Money(1, "CNY") + Money(1, "USD")


@pytest.mark.parametrize("code", ["RMB", "cny", "", "XXX"])
def test_a_code_that_no_currency_has_is_refused(code: str) -> None:
    with pytest.raises(CurrencyUnknown):
        Money(1, code)
