"""An addon for mitmproxy: makes the next calls of a Slack method fail, as the plan file says.

The plan is JSON: {"down": false, "chat.postMessage": ["429", "hang", ...]}. A fault is used up by one call; null is none.
"""

import asyncio
import json
import os
from pathlib import Path

from mitmproxy import http

PLAN = Path(os.environ["TASKING_FAULT_PLAN"])
HANG_S = float(os.environ.get("TASKING_HANG_S", "6"))
BEFORE = {"429", "500 before storing", "hang before storing"}


def next_fault(method: str) -> str | None:
    plan = json.loads(PLAN.read_text())
    if plan.get("down"):
        return "down"
    faults = plan.get(method) or [None]
    plan[method] = faults[1:]
    PLAN.write_text(json.dumps(plan))
    return faults[0]


async def request(flow: http.HTTPFlow) -> None:
    method = flow.request.path.split("?")[0].rsplit("/", 1)[-1]
    fault = flow.metadata["fault"] = next_fault(method)
    if fault == "down":
        flow.kill()
    elif fault == "429":
        flow.response = http.Response.make(429, b'{"ok": false, "error": "ratelimited"}', {"Retry-After": "1"})
    elif fault == "500 before storing":
        flow.response = http.Response.make(500, b"oops")
    elif fault == "hang before storing":
        await asyncio.sleep(HANG_S)
        flow.kill()


async def response(flow: http.HTTPFlow) -> None:
    fault = flow.metadata.get("fault")
    if fault in BEFORE:
        return
    if fault == "500 after storing":
        flow.response = http.Response.make(500, b"oops")
    elif fault == "reply lost":
        flow.kill()
    elif fault == "cut reply":
        flow.response.content = flow.response.content[: len(flow.response.content) // 2]
    elif fault == "hang after storing":
        await asyncio.sleep(HANG_S)
