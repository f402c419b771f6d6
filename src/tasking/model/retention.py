"""For how long each class of data is kept; part of include/partnership.yml."""

from typing import Self

from pydantic import Field, model_validator

from tasking.model.strict_part import StrictPart


class Retention(StrictPart):
    """For how many days each class of data is kept, counted from the reporting day; null: for ever."""

    deliveries_days: int | None = Field(
        default=90, ge=1, description="days for the files as the partners sent them, null for no limit"
    )
    held_days: int | None = Field(
        default=90, ge=1, description="days for the cells of rows that were held, null for no limit"
    )
    people_days: int | None = Field(
        default=730,
        ge=30,
        description="days for names, telephones, e-mails and texts, null for no limit; never longer than reports_days",
    )
    reports_days: int | None = Field(
        default=2555,
        ge=365,
        description="days for reports without names, with incidents, proposals and taskings, null for no limit",
    )
    briefings_days: int | None = Field(
        default=2555, ge=30, description="days for briefings in each of their versions, null for no limit"
    )
    log_days: int | None = Field(
        default=2555, ge=365, description="days for the log of who did and saw what, null for no limit"
    )
    airflow_days: int | None = Field(
        default=90, ge=7, description="days for Airflow's runs and task logs, null for no limit"
    )
    chat_days: int | None = Field(
        default=None,
        ge=7,
        description="days for posted messages where the channel lets us delete them, null for no limit",
    )

    @model_validator(mode="after")
    def _people_go_first(self) -> Self:
        if self.reports_days is not None and (self.people_days is None or self.people_days > self.reports_days):
            raise ValueError("retention: people_days must not be longer than reports_days")
        return self
