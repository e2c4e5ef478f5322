"""Prices on the command line and in fleet files: a bare number stays unnamed, three letters name its currency."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.costs.asked import adjusted, priced
from moeaudit.costs.fleet import Prices, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.errors import UsageError

HEAD = "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM}\n"


@pytest.mark.parametrize(
    ("text", "price", "currency"),
    [
        ("2.5", 2.5, None), ("0", 0, None), ("2", 2, None), ("1e0", 1, None), ("2.5E3", 2500, None),
        ("2.5USD", 2.5, "USD"), ("2.50EUR", 2.5, "EUR"), ("2EUR", 2, "EUR"), ("1e2EUR", 100, "EUR"),
        ("3XTS", 3, "XTS"),
    ],
)  # fmt: skip
def test_a_price(text: str, price: float, currency: str | None) -> None:
    assert priced(text) == (price, currency)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2.5 USD", "2.5USD"), ("2.5usd", "2.5USD"), ("USD2.5", "2.5USD"), ("USD 2.5", "2.5USD"),
        ("2,50EUR", "2.50EUR"),
        ("2.5€", "2.5EUR"), ("€2.5", "2.5EUR"), ("£3", "3GBP"), (" 2.5", "2.5"), ("2,5", "2.5"),
        # whose dollar it is, nobody can know
        ("$2.5", "2.5, or with the currency's three letters, such as 2.5EUR"),
        ("2.5$", "2.5, or with the currency's three letters, such as 2.5EUR"),
        *((odd, "2.5, or with the currency's three letters, such as 2.5EUR")
          for odd in ("", "USD", "2.5USDT", "2.5U", ".5", "5.", "-1", "nan", "inf", "1_0", "１", "2,500", "2.5.1")),
    ],
)  # fmt: skip
def test_anything_else_is_told_the_form_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UsageError, match=r"--price .* is not a price") as told:
        priced(text)
    assert told.value.hint == f"Write it as {meant}."


@pytest.mark.parametrize("price", [-0.01, 1_000_000.5, float("inf"), float("nan")])
def test_no_fleet_has_such_a_price(price: float) -> None:
    with pytest.raises(UsageError, match="--price is "):
        adjusted(short_fleet("1xH200"), None, None, price)


def test_a_currency_is_never_assumed() -> None:
    plain = short_fleet("1xH200")
    assert plain.prices == Prices(None, None)
    assert parse_fleet(f"{HEAD}costs: {{price_per_device_hour: 2}}\n", "f").prices == Prices(2, None)
    assert adjusted(plain, None, None, 2.5).prices == Prices(2.5, None)
    assert adjusted(plain, None, None, 2.5, "EUR").prices == Prices(2.5, "EUR")


def test_a_bare_price_is_in_the_fleets_own_currency() -> None:
    fleet = replace(short_fleet("1xH200"), prices=Prices(2, "CHF"))
    assert adjusted(fleet, None, None, 3).prices == Prices(3, "CHF")
    assert adjusted(fleet, None, None, 3, "EUR").prices == Prices(3, "EUR")


def test_an_hour_and_a_kilowatt_hour_are_in_one_currency() -> None:
    fleet = replace(short_fleet("1xH200"), prices=Prices(2, "CHF", 0.2))
    assert adjusted(fleet, None, None, 3).prices == Prices(3, "CHF", 0.2)
    with pytest.raises(UsageError, match="--price is in EUR, the fleet's price_per_kwh in CHF"):
        adjusted(fleet, None, None, 3, "EUR")


@pytest.mark.parametrize("word", ["EUR", "XTS"])
def test_a_fleet_file_names_a_currency_by_its_three_letters(word: str) -> None:
    assert parse_fleet(f"{HEAD}costs: {{currency: {word}}}\n", "f").prices.currency == word


@pytest.mark.parametrize("word", ["eur", "Euro", "€", "''", "EURO", "3"])
def test_other_words_are_no_currency(word: str) -> None:
    with pytest.raises(UsageError, match=r"f:3:\d+ \(costs\.currency\): .*three capital letters, such as EUR"):
        parse_fleet(f"{HEAD}costs: {{currency: {word}}}\n", "f")
