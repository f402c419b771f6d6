"""The text of a new district's partnership.yml: what differs from the shared one, without another's names."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from tasking.model.errors import TaskingError
from tasking.model.partnership import Box
from tasking.places import BuildCounts

_USUAL_PARTNERS: Final = {
    "police": "Police", "council": "{area} Council", "wardens": "Community wardens", "housing": "Housing association",
    "fire": "Fire and Rescue Service", "residents": "Residents",
}  # fmt: skip
_OWNERS: Final = (
    ("{police}, local policing team", "patrol and speak to those involved", 1,
     "asb youth_nuisance nuisance_bikes violence hate drugs street_drinking suspicious firework"),
    ("{police}, crime prevention", "visit, advise on prevention and check CCTV", 2,
     "burglary vehicle_crime theft damage"),
    ("Trading Standards and community wardens", "visit the person and warn the neighbours", 1, "scam"),
    ("{council}, environmental health", "clear it and look for evidence", 2,
     "fly_tip graffiti abandoned_vehicle smoke animals"),
    ("{council}, environmental health", "open a noise case and ring the person back", 2, "noise"),
    ("{fire}", "visit the place with the landowner", 1, "fire fire_other"),
    ("{housing}", "see both households", 3, "neighbour housing_standards"),
)  # fmt: skip


def partner_names(feeds: Sequence[str], area_name: str, given: Mapping[str, str]) -> dict[str, str]:
    """What the partner of each feed is called: as `given`, else by its trade. Raises TaskingError for another feed."""
    if unknown := sorted(set(given) - set(feeds)):
        raise TaskingError(f"--partner {unknown[0]}=…: there is no such feed; there are: {', '.join(feeds)}")
    usual = {feed: _USUAL_PARTNERS.get(feed, feed.replace("_", " ").capitalize()) for feed in feeds}
    return {feed: given.get(feed, "").strip() or words.format(area=area_name) for feed, words in usual.items()}


def partnership_yml(name: str, area: str, county: Box, counts: BuildCounts, partners: Mapping[str, str]) -> str:
    """The text of partnership.yml: what differs from the shared one, and nothing that the shared one says of others."""
    usual = {feed: words.format(area=area) for feed, words in _USUAL_PARTNERS.items()}
    owners = [
        f"    - owner: {_quoted(owner.format(**{**usual, **partners}))}\n      what: {_quoted(what)}\n"
        f"      categories: [{', '.join(categories.split())}]\n      due_in: {days}\n"
        for owner, what, days, categories in _OWNERS
    ]
    names = [
        f"  {feed}: {{name: {_quoted(partner)}, contact: {_quoted(f'the person who sends us the file ({partner})')}}}\n"
        for feed, partner in partners.items()
    ]
    box = ", ".join(f"{side}: {getattr(county, side)}" for side in ("south", "north", "west", "east"))
    return (
        "# yaml-language-server: $schema=../../schemas/partnership_layer.schema.json\n"
        f"# {area}: what differs from include/partnership.yml. Made by `tasking partnerships new`.\n"
        f"# Its postcodes begin with {', '.join(counts.areas)}.\n"
        f"name: {_quoted(f'{area} Community Safety Unit')}\n"
        f"area_name: {_quoted(area)}\n\n"
        "area:\n"
        "  outline: geo/district.geojson\n"
        "  # Where a position can be at all: the district and 30 km round it.\n"
        f"  county: {{{box}}}\n\n"
        "# Its own, so that nothing goes where another partnership's messages go.\n"
        f"channels:\n  briefing: [console]\n  fallback: []\n  weekly: [console]\n  ops: [console]\n  restricted: []\n"
        f'  slack_channel: "#csu-{name.replace("_", "-")}"\n  mail_to: []\n  folder: out/{name}/posted\n\n'
        "# Who sends what, as the briefing names them, and whom to ask when nothing came.\n"
        f"partners:\n{''.join(names)}\n"
        "# Who is asked to act; the first owner whose categories fit.\n"
        f"taskings:\n  owners:\n{''.join(owners)}"
        "  otherwise: {owner: CSU duty officer, what: find out who acts, due_in: 1}\n\n"
        "callers: {switchboards: []}\n"
        "people: []\nrecipients: []\nchair: null\nattendees: []\n"
    )


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
