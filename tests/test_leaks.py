"""The search that the canary test rests on finds what it should, and nothing else."""

import base64
import json

import pytest
from leaks import leaks

WORD = "Zoë Quarrington"
WAYS = {
    "as it stands": WORD,
    "in capitals": WORD.upper(),
    "in small letters": WORD.lower(),
    "in JSON": json.dumps({"text": WORD}),
    "in HTML": "Zo&euml; Quarrington",
    "in HTML by number": "Zo&#235; Quarrington",
    "in an address": "Zo%C3%AB%20Quarrington",
    "in a mail": "Zo=C3=AB Quarr=\nington",
    "in base64": base64.b64encode(f"told by {WORD}, again".encode()).decode(),
    "in base64, one on": base64.b64encode(f"Told by {WORD.upper()}, again and again".encode()).decode(),
    "in base64 in lines": base64.encodebytes(("x" * 70 + WORD + "y" * 70).encode()).decode(),
    "in the base64 of addresses": base64.urlsafe_b64encode(f"~~~{WORD}???".encode()).decode(),
    "inside longer base64": "data:" + "QUFB" + base64.b64encode(WORD.encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_word_is_found(way):
    assert leaks({"a store": b"before " + WAYS[way].encode() + b" after"}, [WORD]) == [("a store", WORD)]


def test_a_telephone_is_found_however_it_is_spaced():
    assert leaks({"a": b"+44 1632 960-777 rang"}, ["1632 960 777"])


def test_nothing_is_found_where_nothing_is():
    store = json.dumps({"text": "Zoe Quarry", "b64": base64.b64encode(b"somebody else altogether").decode()}).encode()
    assert leaks({"a": store}, [WORD]) == []
