"""Deadlines of scheduled runs: the triggerer, which needs no task slot, alerts ops to a run that is late."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from tasking.runtime import airflow as runtime


def ended_within(minutes: int) -> DeadlineAlert:
    """An alert to ops if a run has not ended so many minutes after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(tell_ops_of_run, kwargs={"minutes": minutes}),
    )


async def tell_ops_of_run(minutes: int, context: Mapping[str, Any]) -> None:
    """The callback that Airflow calls for a late run. Ops are alerted at most once a day and DAG."""
    run = context["dag_run"]
    day = run.get("partition_key") or (run.get("conf") or {}).get("day")
    if day:
        await asyncio.to_thread(_tell, str(run["dag_id"]), date.fromisoformat(str(day)[:10]), minutes)


def _tell(dag_id: str, day: date, minutes: int) -> None:
    from tasking.delivery import notify_ops

    head = f"{dag_id} of {day} is not over after {minutes} minutes"
    lines = [
        "Airflow may be short of task slots, or its API server or database may not answer.",
        "Look at the run in Airflow, and at Tonight on the desk. A task can be cleared: what is done is found done.",
    ]
    services = runtime.services_as_declared()
    if day == services.clock().astimezone(services.partnership.zone).date():
        notify_ops(services.delivery, day, f"late-{dag_id}", head, lines)
