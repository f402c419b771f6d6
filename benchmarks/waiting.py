"""What it costs to wait for feeds: `python benchmarks/waiting.py`. Prints one line; docs/reliability.md's comes from here.

A night in which no feed ever comes: every look that the triggerer takes from the time that feeds are asked to the cut-off,
each with its own opening of the database, but without the pauses between them. Processor time of this process, with all its
threads. Each feed has a folder with the files of earlier days in it; what an SFTP server or a mailbox costs is not in it.
"""

import argparse
import asyncio
import datetime as dt
import logging
import os
import tempfile
import time
from pathlib import Path

from made_up import HOME

DAY = dt.date(2026, 11, 26)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=400, help="of earlier days in the folder of each feed")
    arguments = parser.parse_args()
    logging.disable(logging.INFO)  # migrations tell what they do
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "AIRFLOW_HOME": f"{folder}/airflow", "TASKING_HOME": str(HOME), "TASKING_DROPS": f"{folder}/drops",
            "TASKING_DATABASE_URL": f"sqlite:///{folder}/tasking.db", "TASKING_PSEUDONYM_KEY": "ab" * 32,
        }  # fmt: skip
        measure(Path(folder) / "drops", arguments.files)


def measure(drops: Path, files: int) -> None:
    from tasking import flows
    from tasking.runtime import delivery_operator
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    desk = open_services(Settings())
    for feed in desk.partnership.feeds:
        put_older_files(drops / feed, desk.feeds[feed], files)
    answers = {feed: flows.poll(desk, feed, DAY).digest for feed in desk.partnership.feeds}  # as each task asks first
    meeting = desk.partnership.meeting
    night_s = (clock(meeting.cut_off_at) - clock(meeting.feeds_asked_from)).total_seconds()
    looks_each = int(night_s // delivery_operator.PAUSE_S) - 1
    left = dict.fromkeys(answers, looks_each)
    look = delivery_operator.DeliveryTrigger._answer

    def counted(trigger: delivery_operator.DeliveryTrigger) -> str:
        left[trigger.feed] -= 1
        answer = look(trigger)
        assert answer == answers[trigger.feed], answer
        return answer if left[trigger.feed] else "enough"

    delivery_operator.DeliveryTrigger._answer = counted
    delivery_operator.PAUSE_S = 0.0
    due_at = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()

    async def wait(feed: str) -> None:
        async for event in delivery_operator.DeliveryTrigger(feed, str(DAY), due_at, answers[feed]).run():
            assert event.payload == {"answer": "enough"}

    async def night() -> None:
        await asyncio.gather(*map(wait, answers))

    started, used = time.monotonic(), time.process_time()
    asyncio.run(night())
    used, seconds = time.process_time() - used, time.monotonic() - started
    looks = looks_each * len(answers)
    print(
        f"waiting: {len(answers)} feeds that never come, {files} older files in each folder: {looks:,} looks in a night of "
        f"{night_s / 60:.0f} minutes take {used:.1f} s of processor time, {used / looks * 1000:.1f} ms each "
        f"({seconds:.1f} s on end)",
        flush=True,
    )


def put_older_files(folder: Path, feed: object, files: int) -> None:
    folder.mkdir(parents=True)
    for back in range(1, files + 1):
        day = DAY - dt.timedelta(days=back)
        path = folder / feed.delivery.file_name(day)
        path.write_bytes(b"of an earlier day")
        put_at = dt.datetime.combine(day, dt.time(5), dt.UTC).timestamp()
        os.utime(path, (put_at, put_at))


def clock(at: dt.time) -> dt.datetime:
    return dt.datetime.combine(DAY, at)


if __name__ == "__main__":
    main()
