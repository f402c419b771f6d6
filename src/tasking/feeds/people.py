"""Phones in one form, and keyed pseudonyms: two reports by one caller can be told without saying who."""

import hashlib
import hmac
from dataclasses import dataclass

import pandas as pd
import phonenumbers


@dataclass(frozen=True)
class Pseudonyms:
    """HMAC-SHA-256 over a normalised value with a domain tag, written `<key id>:<32 hex digits>`.

    A plain hash of a phone number is undone in minutes; without the key this one can't be.
    """

    key_id: str
    key: bytes

    def for_partnership(self, name: str) -> "Pseudonyms":
        """Pseudonyms under a key of its own, so that two partnerships' can't be compared."""
        own = hmac.new(self.key, f"partnership\x1f{name}".encode(), hashlib.sha256).digest()
        return Pseudonyms(self.key_id, own)

    def of(self, domain: str, values: pd.Series) -> pd.Series:
        known = {value: self.one(domain, value) for value in values.dropna().unique()}
        return values.map(known).astype("str")

    def one(self, domain: str, value: str) -> str:
        digest = hmac.new(self.key, f"{domain}\x1f{value}".encode(), hashlib.sha256).hexdigest()
        return f"{self.key_id}:{digest[:32]}"


def normalised_phones(text: pd.Series) -> pd.Series:
    """British numbers as +44...; what is no telephone number is left out."""
    digits = text.str.replace(r"[\s().-]+", "", regex=True)
    national = digits.str.extract(r"^(?:0|\+44|0044)(?:0)?([1-9]\d{8,9})$", expand=False)
    phones = ("+44" + national).astype("str")
    unclear = text.notna() & phones.isna() & text.str.contains(r"\d{5}", regex=True).eq(True)
    if unclear.any():
        known = {value: _parsed(value) for value in text[unclear].unique()}
        phones = phones.fillna(text.where(unclear).map(known).astype("str"))
    return phones


def _parsed(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
