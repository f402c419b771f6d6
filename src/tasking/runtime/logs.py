"""How the command line logs: for people on a terminal; a JSON object a line where TASKING_LOG_FORMAT=json."""

import logging
import os
import sys

import structlog


def set_up_logs() -> None:
    """Every line has its time and what it is about: partnership, day, feed, step (see tasking.model.log_context)."""
    is_json = os.environ.get("TASKING_LOG_FORMAT") == "json"
    shown: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if is_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # as it is when something is said
    )
