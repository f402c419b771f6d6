"""Logging of the command line: readable text, or one JSON object per line if TASKING_LOG_FORMAT=json."""

import logging
import os
import sys

import structlog


def set_up_logs() -> None:
    """Configures structlog. Every line has its time, partnership, day, feed and step (see model.log_context)."""
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
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # looked up at each use: it may be replaced
    )
