"""A briefing with the same words in every place that takes words, for limits and for markup."""

import datetime as dt
from zoneinfo import ZoneInfo

from conftest import ROOT

from tasking.briefing import Edition, Templates
from tasking.model.briefing import (
    Area,
    Briefing,
    CategoryCount,
    Decision,
    FeedLine,
    HeldLine,
    HotPlace,
    IncidentLine,
    MapCell,
    NightIncident,
    OpenTaskings,
    TaskingLine,
    Trend,
)
from tasking.model.proposal import Standing, Step, Verb

TEMPLATES = Templates(ROOT / "include" / "templates")
LONDON = ZoneInfo("Europe/London")
DAY = dt.date(2026, 10, 22)
DESK = "http://127.0.0.1:8080/tasking"
HOSTILE = "<!channel> <@U1> <http://evil.example|click> [a](http://evil.example) *bold* _x_ ~y~ `z` & <script>alert(1)</script> https://evil.example =1+1 \u202egnp.exe\u200b"


def made(words: str = "The Vine", many: int = 2, is_complete: bool = True) -> Briefing:
    """`many` lines in every section."""
    line = IncidentLine(label=words, place=words, when="Thu 22 Oct 20:15", reports=2, partners=(words,))
    feed = FeedLine(
        partner=words, state=words, is_complete=is_complete, rows_in=5, new=5, repeats=0, revisions=0, held=0,
        out_of_area=0, reason="what was found in the file",
    )  # fmt: skip
    return Briefing(
        partnership=words,
        marking="OFFICIAL",
        day=DAY,
        covers=(DAY,),
        window_from=dt.datetime(2026, 10, 21, 5, tzinfo=dt.UTC),
        window_to=dt.datetime(2026, 10, 22, 5, tzinfo=dt.UTC),
        window_words="06:00 Wed 21 Oct to 06:00 Thu 22 Oct (24 h)",
        notices=() if is_complete else tuple(f"{words}: nothing since Wed 21 Oct" for _ in range(many)),
        feeds=(feed,) * 6,
        decisions=tuple(
            Decision(
                proposal_id=f"D-20261022-{n:08x}",
                headline=words,
                detail=words,
                evidence=(words,) * many,
                number=n + 1,
                since=DAY if n < 100 else dt.date(2026, 10, 5),
            )
            for n in range(many)
        ),
        taskings=tuple(
            TaskingLine(
                proposal_id=f"T-20261022-{n:08x}",
                what=words,
                place=words,
                owner=words,
                due_on=DAY,
                why=words,
                number=many + n + 1,
                risk=(words,) * 4,
            )
            for n in range(min(many, 20))
        ),
        night=tuple(
            NightIncident(
                label=words,
                place=words,
                when="Thu 22 Oct 20:15",
                risk=(words,) * 6,
                is_new=n % 2 == 0,
                reports=2,
                partners=(words,) * 3,
                incident_id=f"I{n}",
                points=40 - n,
                harm=(words,),
            )
            for n in range(min(many, 10))
        ),
        waiting_taskings=many,
        incidents=many,
        partners=3,
        categories=tuple(
            CategoryCount(label=words, incidents=many, usual=(1, 4), is_unusual=True) for _ in range(many)
        ),
        usual_note="No usual range yet.",
        hot_places=tuple(HotPlace(place=words, incidents=4, days=14) for _ in range(many)),
        areas=tuple(Area(name=words, incidents=(line,) * 3) for _ in range(many)),
        changed=(words,) * many,
        to_confirm=many,
        warnings=(words,) * many,
        open_taskings=OpenTaskings(open=many, done=many, due_today=many, overdue=(words,) * many),
        feedback_owed=many,
        feedback_oldest_days=many,
        held=tuple(HeldLine(partner=words, reason=words, rows=1) for _ in range(many)),
        restricted="Restricted matters are never in this message: check the restricted register.",
        restricted_incidents=("police:46/00001/26",),
        restricted_decisions=(Decision(headline="VP-0a1b2c", detail="2 concerns in 30 days"),),
        ledger_words="30 rows in = 30 new",
        is_balanced=True,
        map_cells=tuple(
            MapCell(cell=cell, today=1, recent=many + 1) for cell in ("88194ac807fffff", "88194ac80bfffff")
        ),
        trends=tuple(Trend(label=words, days=(1, None, 3) * 19, usual=(0, 2)) for _ in range(min(many, 5))),
    )


def edition(version: int = 1, words: str = "Sgt Hale", **more) -> Edition:
    """An edition with all that can stand around a briefing."""
    at = dt.datetime(2026, 10, 22, 7, 10, tzinfo=dt.UTC)
    step = Step("T-20261022-00000000", Verb.TAKE, words, at, DAY, "a reason")
    given = {"standing": {step.subject_id: Standing((step,), is_tasking=True)}, "desk_url": DESK, "has_buttons": True}
    return Edition(version, LONDON, changes=((version, (words,)),) if version > 1 else (), **(given | more))
