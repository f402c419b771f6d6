"""Slack, with a bot token: one message a day and one thread."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from slack_sdk import WebClient

from tasking.channels.message import Form, InDoubt, Note, Traits
from tasking.channels.slack.calls import SlackCalls, said
from tasking.model.errors import TransportError
from tasking.model.picture import Picture

_EVENT: Final = "tasking_message"
_PAGE: Final = 200  # messages
_MOST_PAGES: Final = 5
_GONE: Final = ("message_not_found", "file_not_found", "file_deleted")
_TOO_LATE: Final = "invalid_scheduled_message_id"


@dataclass
class SlackChannel:
    """`channel` is a name or an id. References are `channel:ts`; a picture's is `file:id`."""

    token: str = field(repr=False)
    channel: str
    base_url: str = WebClient.BASE_URL
    name: str = "slack"
    has_buttons: bool = False
    _base: ClassVar[Traits] = Traits(Form.BLOCKS, InDoubt.LOOK, has_threads=True)

    @property
    def traits(self) -> Traits:
        return self._base._replace(has_buttons=self.has_buttons)

    def send(self, note: Note) -> str:
        return self._post(self._channel_id(), note)

    def reply(self, reference: str, note: Note) -> str:
        channel, ts = _split(reference)
        return self._post(channel, note, thread_ts=ts)

    def update(self, reference: str, note: Note) -> None:
        channel, ts = _split(reference)
        self._call("chat.update", channel=channel, ts=ts, text=note.text, **_blocks(note), metadata=_metadata(note))

    def attach(self, reference: str, run_key: str, picture: Picture) -> str:
        channel, ts = _split(reference)
        client = SlackCalls(self.token, self.base_url).client()
        try:
            answer = client.files_upload_v2(
                channel=channel, thread_ts=ts, content=picture.png, filename=_file_name(run_key),
                title=picture.title, alt_txt=picture.alt,
            )  # fmt: skip
        except Exception as error:  # the library raises whatever its three calls run into
            raise said("files.completeUploadExternal", error) from error
        return f"file:{answer['files'][0]['id']}"

    def look_up(self, run_key: str, thread: str | None = None) -> str | None:
        channel, ts = _split(thread) if thread else (self._channel_id(), None)
        for message in self._messages(channel, ts):
            if (message.get("metadata") or {}).get("event_payload", {}).get("run_key") == run_key:
                return f"{channel}:{message['ts']}"
            for one in message.get("files") or ():
                if one.get("name") == _file_name(run_key):
                    return f"file:{one['id']}"
        return None

    def remove(self, reference: str) -> None:
        channel, rest = _split(reference)
        try:
            if channel == "file":
                self._call("files.delete", file=rest)
            else:
                self._call("chat.delete", channel=channel, ts=rest)
        except TransportError as error:
            if not str(error).endswith(_GONE):
                raise

    def schedule(self, at: datetime, note: Note) -> str:
        """Without metadata and blocks: a scheduled message that carries metadata is never posted."""
        channel = self._channel_id()
        answer = self._call("chat.scheduleMessage", channel=channel, post_at=int(at.timestamp()), text=note.text)
        return f"{channel}:{answer['scheduled_message_id']}"

    def withdraw(self, reference: str) -> bool:
        channel, number = _split(reference)
        try:
            self._call("chat.deleteScheduledMessage", channel=channel, scheduled_message_id=number)
        except TransportError as error:
            if str(error).endswith(_TOO_LATE):
                return False
            raise
        return True

    def look_up_scheduled(self, at: datetime) -> str | None:
        channel, moment = self._channel_id(), int(at.timestamp())
        waiting = self._call("chat.scheduledMessages.list", channel=channel, oldest=moment - 1, latest=moment + 1)
        for message in waiting["scheduled_messages"]:
            if int(message["post_at"]) == moment and message["channel_id"] == channel:
                return f"{channel}:{message['id']}"
        return None

    def _post(self, channel: str, note: Note, **thread: str) -> str:
        answer = self._call(
            "chat.postMessage", channel=channel, text=note.text, **_blocks(note), metadata=_metadata(note),
            unfurl_links=False, unfurl_media=False, mrkdwn=False, **thread,
        )  # fmt: skip
        return f"{channel}:{answer['ts']}"

    def _messages(self, channel: str, ts: str | None) -> Iterator[Any]:
        """The newest messages of the channel, or a thread's."""
        method, of = ("conversations.replies", {"ts": ts}) if ts else ("conversations.history", {})
        cursor = ""
        for _ in range(_MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            page = self._call(method, channel=channel, limit=_PAGE, include_all_metadata=True, **of, **more)
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return

    def _channel_id(self) -> str:
        """The id of the channel; a name is looked up, since only ids work in every call."""
        if not self.channel.startswith("#"):
            return self.channel
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            listed = self._call("conversations.list", limit=_PAGE, exclude_archived=True, **more)
            for one in listed["channels"]:
                if one["name"] == self.channel.removeprefix("#"):
                    self.channel = str(one["id"])
                    return self.channel
            cursor = (listed.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                raise TransportError(f"slack: the bot sees no channel {self.channel}; invite it there")

    def _call(self, method: str, **arguments: Any) -> Any:
        return SlackCalls(self.token, self.base_url).call(method, **arguments)


def _metadata(note: Note) -> dict[str, Any]:
    """How the message is found again. Anybody in the workspace can read it: a key, and nothing else."""
    return {"event_type": _EVENT, "event_payload": {"run_key": note.run_key}}


def _blocks(note: Note) -> dict[str, Any]:
    return {"blocks": list(note.body["blocks"])} if note.body.get("blocks") else {}


def _file_name(run_key: str) -> str:
    return run_key.replace(":", "-").replace("/", "-") + ".png"


def _split(reference: str) -> tuple[str, str]:
    channel, _, rest = reference.partition(":")
    return channel, rest
