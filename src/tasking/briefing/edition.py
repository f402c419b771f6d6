"""A version of a briefing as people see it: how late it was posted, what changed with it, and who acted on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tasking.briefing.message import short_day
from tasking.model.proposal import BACK, PAST, Standing

MOST_CHANGES: Final = 3  # the newest versions whose changes are listed


@dataclass(frozen=True)
class Edition:
    """What a renderer is given beside the stored briefing. Times are aware.

    For an older version `standing` is empty, so that it is shown as it was; `later` has a dated sentence for each thing
    that people did with its proposals afterwards.
    """

    version: int
    zone: ZoneInfo
    late_at: datetime | None = None  # when it was first posted, if that was after the meeting began
    changes: tuple[tuple[int, tuple[str, ...]], ...] = ()  # (version, what changed with it)
    standing: Mapping[str, Standing] = field(default_factory=dict)  # proposal_id -> what people decided
    desk_url: str | None = None
    has_buttons: bool = False
    day: date | None = None  # of the briefing; steps on other days are shown with their date
    later: tuple[str, ...] = ()

    @property
    def late_words(self) -> str:
        """`LATE: posted at 08:12`, or nothing."""
        return f"LATE: posted at {self.late_at.astimezone(self.zone):%H:%M}" if self.late_at else ""

    def standing_words(self, proposal_id: str) -> str:
        """`Approved by Sgt Hale 08:10: Kent Police, by Thu 26 Nov; Done by Sgt Hale 14:02`: who and when, never why.

        Of steps that were taken together the first one is shown. Empty if nobody has acted.
        """
        standing, act, parts = self.standing.get(proposal_id, Standing()), None, list[str]()
        for step in standing.steps:
            if step.verb in PAST and (act is None or step.details.get("act") != act):
                agreed = f": {step.agreed}" if step.agreed else ""
                parts.append(f"{PAST[step.verb]} by {step.actor} {self._when(step.at)}{agreed}")
            act = step.details.get("act")
        if standing.history and standing.history[-1].verb in BACK:
            last = standing.history[-1]
            parts.append(f"{PAST[last.verb]} by {last.actor} {self._when(last.at)}")
        return "; ".join(parts)

    def _when(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        is_same_day = self.day is None or local.date() == self.day
        return f"{local:%H:%M}" if is_same_day else f"{short_day(local)} {local:%H:%M}"

    def desk(self, page: str, anchor: str = "") -> str | None:
        """The address of a page of the Tasking desk, or None if the deployment has no desk address."""
        if not self.desk_url:
            return None
        return f"{self.desk_url.rstrip('/')}/{page}" + (f"#{anchor}" if anchor else "")
