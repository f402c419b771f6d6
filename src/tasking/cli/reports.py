"""Reports by hand, and corrections of reports."""

import getpass
import secrets
from dataclasses import dataclass, field
from datetime import date, time
from typing import Annotated, Any, cast

import typer

from tasking.cli.shell import clock_time, day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.correction import Field
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="Add a report by hand, or correct one that a partner sent.")


OnOption = Annotated[
    date | None, typer.Option("--on", parser=day_of, metavar="YYYY-MM-DD", help="the day on which it happened")
]
AtOption = Annotated[time | None, typer.Option("--at", parser=clock_time, metavar="HH:MM", help="and the time")]
CategoryOption = Annotated[str, typer.Option(help="a code of include/categories.yml, such as fly_tip")]
PlaceOption = Annotated[str, typer.Option(help="a street or a public place, with its town where several have it")]


@app.command()
def add(
    text: Annotated[str, typer.Argument(help="what was said")],
    category: CategoryOption,
    place: PlaceOption = "",
    postcode: Annotated[str, typer.Option()] = "",
    on: OnOption = None,
    at: AtOption = None,
    caller_name: Annotated[str, typer.Option()] = "",
    caller_phone: Annotated[str, typer.Option()] = "",
    caller_email: Annotated[str, typer.Option()] = "",
    anonymous: Annotated[bool, typer.Option("--anonymous", help="the caller stays anonymous")] = False,
    contact: Annotated[bool, typer.Option("--contact", help="the caller wants to be contacted")] = False,
    about: Annotated[str, typer.Option(help="the name of the person it is about")] = "",
    vulnerable: Annotated[bool, typer.Option("--vulnerable", help="somebody vulnerable is affected")] = False,
) -> None:
    """Add a report that somebody gave by telephone or at the counter. Prints its reference for the caller."""
    from tasking import flows
    from tasking.intake import by_hand
    from tasking.intake.by_hand import NewReport

    with errors_in_one_sentence():
        services = open_services()
        new = NewReport(
            text, category, place, "", postcode, on, at, caller_name, caller_phone, caller_email, anonymous, contact,
            about, vulnerable,
        )  # fmt: skip
        _refuse_several(by_hand.choices(services.intake, new))
        taken = by_hand.take(services.intake, secrets.token_hex(16), new, getpass.getuser())
        output.print(taken.reference)
        errors.print(f"in the briefing of {taken.briefing_on:%a} {taken.briefing_on.day} {taken.briefing_on:%b %Y}")
        flows.link(services, taken.day)


@app.command()
def correct(
    report: Annotated[str, typer.Argument(metavar="FEED:REFERENCE")],
    reason: Annotated[str, typer.Option(help="the reason; kept in the log")],
    category: CategoryOption = "",
    place: PlaceOption = "",
    position: Annotated[str, typer.Option(help="latitude and longitude, such as 51.27251,0.19087")] = "",
    on: OnOption = None,
    at: AtOption = None,
    undo: Annotated[str, typer.Option(help="take the correction of a field back: category, place or time")] = "",
) -> None:
    """Correct the category, the place or the time of a report. What the partner sent stays."""
    from tasking import flows

    with errors_in_one_sentence():
        services = open_services()
        done = _Corrections(services.intake, report, reason, getpass.getuser())
        if undo:
            done.undo(undo)
        if category:
            done.category(category)
        if position or place:
            done.place(place, position)
        if on is not None:
            done.time(on, at)
        if not done.days:
            raise TaskingError("say what to correct: --category, --place, --position, --on or --undo")
        flows.link(services, max(done.days))
        errors.print("corrected; the next run of the briefing has it")


@dataclass
class _Corrections:
    """Corrections of one report. `days`: from which each of them counts."""

    intake: Any
    report: str
    reason: str
    who: str
    days: list[date] = field(default_factory=list)

    def undo(self, name: str) -> None:
        from tasking.intake import corrections

        if name not in ("category", "place", "time"):
            raise TaskingError("--undo takes category, place or time")
        self.days.append(
            corrections.undo(self.intake, self.report, cast(Field, name), self.reason, self.who, has_restricted=True)
        )

    def category(self, code: str) -> None:
        from tasking.intake import corrections

        self.days.append(
            corrections.correct_category(self.intake, self.report, code, self.reason, self.who, has_restricted=True)
        )

    def place(self, typed: str, position: str) -> None:
        from tasking.intake import corrections

        if position:
            self.days.append(corrections.correct_position(self.intake, self.report, position, self.reason, self.who))
            return
        found = corrections.choices(self.intake, typed)
        _refuse_several(found)
        if not found:
            raise TaskingError(f"there is no place {typed!r} in the gazetteer")
        self.days.append(corrections.correct_place(self.intake, self.report, found[0], self.reason, self.who))

    def time(self, on: date, at: time | None) -> None:
        from tasking.intake import corrections

        self.days.append(corrections.correct_time(self.intake, self.report, on, at, self.reason, self.who))


def _refuse_several(found: Any) -> None:
    if len(found) > 1:
        raise TaskingError(f"this may be several places; say which: {'; '.join(one.name for one in found)}")
