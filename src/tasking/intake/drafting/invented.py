"""Invented people and words for samples. Telephone numbers are those that Ofcom keeps for drama."""

from typing import Final

FIRST_NAMES: Final = (
    "Avery Blake Casey Dana Ellis Frankie Harper Indigo Jules Kerry Lindsay Marley Noor Oakley Perry Quinn Robin Sasha "
    "Taylor Vivian"
).split()
SURNAMES: Final = (
    "Ashdown Birchwood Coldharbour Dunmere Elmstead Fairholt Greenhalgh Hollins Inglewood Juniper Kestrel Larchfield "
    "Merrow Northgate Oakhurst Pemberley Quarrington Rowanbank Sandling Thornbury"
).split()
PLACE_WORDS: Final = (
    "Ashbrook Birchfield Copperhill Dovecote Elmtree Foxglove Greenacre Hawthorn Ivybank Jessamine Kingfisher Larkspur "
    "Meadow Nightingale Orchard Primrose"
).split()
SENTENCES: Final = (
    "Seen again this evening by the shops. ",
    "It has been going on for about an hour. ",
    "Nobody was hurt. ",
    "The caller would like somebody to look at it. ",
    "It was still there this morning. ",
    "A picture can be sent on request. ",
    "The same happened last week. ",
    "It could be heard from across the road. ",
    "Three or four people were there and then left. ",
    "The gate was open and the lock was broken. ",
    "Rubbish was left next to the bins. ",
    "A silver car drove off towards the station. ",
)
DOMAIN: Final = "example.org"


def drama_number(count: int) -> str:
    """A mobile number that belongs to nobody, one of 800."""
    return f"07700900{100 + count % 800}"


def sentences(count: int, length: int) -> str:
    """Invented text of about `length` characters, and at least one sentence; `count` says where it begins."""
    text = ""
    while len(text) < length:
        text += SENTENCES[count % len(SENTENCES)]
        count += 1
    return (text[:length].rpartition(" ")[0] if len(text) > length > len(SENTENCES[0]) else text).strip()
