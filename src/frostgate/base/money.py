"""Money: integer minor units (分, cents) with a currency; never a float, never two currencies in one sum."""

import msgspec

from frostgate.base.errors import Refused

# ISO 4217 by the number of digits of the minor unit: the money of countries, no metals and no codes for testing.
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG
"""
_NONE = """
BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
"""
_THREE = """
BHD IQD JOD KWD LYD OMR TND
"""

_DIGITS = {code: digits for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE)) for code in codes.split()}
CURRENCIES = frozenset(_DIGITS)


class CurrencyUnknown(Refused):
    """No currency has this code; `currency` is what was given."""

    code = "money.currency_unknown"


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in minor units of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise CurrencyUnknown(currency=self.currency)

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "BUG: two currencies in one sum"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + Money(-other.minor, other.currency)

    def __str__(self) -> str:
        """As people read it: `120.00 CNY`, `1200 JPY`."""
        digits = _DIGITS[self.currency]
        sign, whole = ("-" if self.minor < 0 else ""), abs(self.minor)
        if not digits:
            return f"{sign}{whole} {self.currency}"
        major, rest = divmod(whole, 10**digits)
        return f"{sign}{major}.{rest:0{digits}d} {self.currency}"


def digits_of(currency: str) -> int:
    """How many digits the minor unit of a currency has.

    Raises:
        CurrencyUnknown: no currency has this code.
    """
    if currency not in _DIGITS:
        raise CurrencyUnknown(currency=currency)
    return _DIGITS[currency]
