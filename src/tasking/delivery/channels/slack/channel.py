"""Slack, with a bot token: one message a day and one thread."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import structlog
from slack_sdk import WebClient

from tasking.delivery.channels.message import Form, InDoubt, Note, Traits
from tasking.delivery.channels.slack.calls import SlackCalls, channel_error, field_of
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError
from tasking.model.picture import Picture

_EVENT: Final = "tasking_message"
_PAGE: Final = 200  # messages
_MOST_PAGES: Final = 5
_LISTED, _MOST_LISTS = 1000, 50  # channels on a page, and pages
_ASK_AGAIN_S: Final = 2.0
_TS: Final = re.compile(r"\d{9,11}\.\d+")
_GONE: Final = ("message_not_found", "file_not_found", "file_deleted")
_TOO_LATE: Final = "invalid_scheduled_message_id"
_ID: Final = re.compile(r"[CGD][A-Z0-9]+")  # names are in small letters
_MEMBER: Final = re.compile(r"[UW][A-Z0-9]+")
_KINDS: Final = "public_channel,private_channel"
_SCOPE: Final = "missing_scope"
# Slack's error codes for blocks that it will not show. The text is a summary of them.
_BAD_BLOCKS: Final = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments")
_POSTED_WITHIN: Final = timedelta(minutes=10)  # in which Slack posts what is due

log = structlog.get_logger(__name__)


@dataclass
class SlackChannel:
    """`channel` is the id or the name of a public or private channel; only the id stays when the channel is renamed.
    The id of a member (U0123456789) stands for their direct message with the bot.

    References are `channel:ts`; a picture's is `file:id`.
    """

    token: str = field(repr=False)
    channel: str
    base_url: str = WebClient.BASE_URL
    name: str = "slack"
    has_buttons: bool = False
    _base: ClassVar[Traits] = Traits(Form.BLOCKS, InDoubt.LOOK_UP, has_threads=True)

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
        self._send_with_blocks("chat.update", note, channel=channel, ts=ts)

    def attach(self, reference: str, idempotency_key: str, picture: Picture) -> str:
        channel, ts = _split(reference)
        client = SlackCalls(self.token, self.base_url).client()
        try:
            answer = client.files_upload_v2(
                channel=channel, thread_ts=ts, content=picture.png, filename=_file_name(idempotency_key),
                title=picture.title, alt_txt=picture.alt,
            )  # fmt: skip
        except Exception as error:  # the library raises whatever its three calls run into
            raise channel_error("files.completeUploadExternal", error) from error
        files = answer.get("files") or ()
        if not files or not files[0].get("id"):
            raise ChannelInDoubt("slack: an answer to files.completeUploadExternal without files")
        return f"file:{files[0]['id']}"

    def posted_at(self, reference: str) -> datetime | None:
        """A message's `ts` is the moment at which Slack posted it."""
        _, ts = _split(reference)
        return datetime.fromtimestamp(float(ts), UTC) if _TS.fullmatch(ts) else None

    def look_up(self, idempotency_key: str, thread: str | None = None) -> str | None:
        channel, ts = _split(thread) if thread else (self._channel_id(), None)
        for message in self._messages(channel, ts):
            if (message.get("metadata") or {}).get("event_payload", {}).get("run_key") == idempotency_key:
                return f"{channel}:{message['ts']}"
            # Our pictures are in threads; a file of this name in the channel itself is not ours.
            for one in (message.get("files") or ()) if ts else ():
                if one.get("name") == _file_name(idempotency_key):
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
        """Schedules the text alone: Slack never posts a scheduled message that has metadata."""
        channel = self._channel_id()
        answer = self._call("chat.scheduleMessage", channel=channel, post_at=int(at.timestamp()), text=note.text)
        return f"{channel}:{field_of(answer, 'scheduled_message_id', 'chat.scheduleMessage')}"

    def withdraw(self, reference: str) -> bool:
        channel, number = _split(reference)
        try:
            self._call("chat.deleteScheduledMessage", channel=channel, scheduled_message_id=number)
        except TransportError as error:
            if str(error).endswith(_TOO_LATE):
                return False
            raise
        return True

    def look_up_scheduled(self, at: datetime, text: str) -> str | None:
        channel, moment, method = self._channel_id(), int(at.timestamp()), "chat.scheduledMessages.list"
        waiting = self._call(method, channel=channel, oldest=moment - 1, latest=moment + 1)
        for message in field_of(waiting, "scheduled_messages", method):
            is_ours = message.get("text") in (None, text)  # another partnership's may wait in the same channel
            if int(message["post_at"]) == moment and message["channel_id"] == channel and is_ours:
                return f"{channel}:{message['id']}"
        return None

    def look_up_posted(self, at: datetime, text: str) -> str | None:
        """Found by its text, because scheduled messages have no metadata."""
        channel = self._channel_id()
        since, until = at - timedelta(minutes=1), at + _POSTED_WITHIN
        for message in self._messages(channel, None, oldest=str(since.timestamp()), latest=str(until.timestamp())):
            if message.get("text") == text:
                return f"{channel}:{message['ts']}"
        return None

    def _post(self, channel: str, note: Note, **thread: str) -> str:
        unset = {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
        answer = self._send_with_blocks("chat.postMessage", note, channel=channel, **unset, **thread)
        return f"{channel}:{field_of(answer, 'ts', 'chat.postMessage')}"

    def _send_with_blocks(self, method: str, note: Note, **where: Any) -> Any:
        """Sends blocks and text; the text alone if Slack refuses the blocks."""
        message = {"text": note.text, "metadata": _metadata(note), **where}
        blocks = _blocks(note)
        try:
            return self._call(method, **message, **blocks)
        except TransportError as error:
            if not blocks or not str(error).endswith(_BAD_BLOCKS):
                raise
            log.error(
                "Slack refused the blocks of a message: its text is sent alone",
                key=note.idempotency_key,
                said=str(error),
            )
            return self._call(method, **message, **({"blocks": []} if method == "chat.update" else {}))

    def _messages(self, channel: str, ts: str | None, **within: str) -> Iterator[Any]:
        """The newest messages of the channel, or a thread's; `within`: oldest and latest, in Unix seconds."""
        method, of = ("conversations.replies", {"ts": ts}) if ts else ("conversations.history", {})
        unchanging = {"channel": channel, "limit": _PAGE, "include_all_metadata": True, **of, **within}
        for page in self._pages(method, _MOST_PAGES, **unchanging):
            yield from field_of(page, "messages", method)

    def _pages(self, method: str, most: int, **arguments: Any) -> Iterator[Any]:
        """The pages of a list, at most `most`; stops if Slack repeats a cursor."""
        cursor = ""
        for _ in range(most):
            page = self._call(method, **arguments, **({"cursor": cursor} if cursor else {}))
            yield page
            before, cursor = cursor, (page.get("response_metadata") or {}).get("next_cursor") or ""
            if cursor in ("", before):
                return

    def _channel_id(self) -> str:
        """The id of the channel; a name is looked up, since only ids work in every call."""
        if _MEMBER.fullmatch(self.channel):
            self.channel = self._direct_message(self.channel)
        if not _ID.fullmatch(self.channel):
            self.channel = self._id_of(self.channel.removeprefix("#"))
        return self.channel

    def _direct_message(self, member: str) -> str:
        """The id of a member's direct message, opened if need be. Raises ChannelBusy if the answer is unclear."""
        method = "conversations.open"
        try:
            return str(field_of(self._call(method, users=member), "channel", method)["id"])
        except ChannelInDoubt as error:
            raise ChannelBusy(f"{error}; nothing was sent", _ASK_AGAIN_S) from error

    def _id_of(self, name: str) -> str:
        try:
            channel_id = self._find(name, _KINDS)
        except TransportError as error:
            if not str(error).endswith(_SCOPE):
                raise
            channel_id = self._find(name, "public_channel")
            if channel_id is None:
                raise TransportError(
                    f"slack: the bot sees no public channel #{name}, and may not see private ones: write the channel's "
                    "id in partnership.yml, or give the bot the scope groups:read"
                ) from error
        if channel_id is None:
            raise TransportError(f"slack: the bot sees no channel #{name}; invite it there")
        return channel_id

    def _find(self, name: str, kinds: str) -> str | None:
        """The id of a channel by name. Raises ChannelBusy if the answer is unclear, because nothing was sent yet."""
        method = "conversations.list"
        try:
            for page in self._pages(method, _MOST_LISTS, types=kinds, limit=_LISTED, exclude_archived=True):
                for one in field_of(page, "channels", method):
                    if one["name"] == name:
                        return str(one["id"])
        except ChannelInDoubt as error:
            raise ChannelBusy(f"{error}; nothing was sent", _ASK_AGAIN_S) from error
        return None

    def _call(self, method: str, **arguments: Any) -> Any:
        return SlackCalls(self.token, self.base_url).call(method, **arguments)


def _metadata(note: Note) -> dict[str, Any]:
    """The key by which a message is looked up. Everybody in the workspace can read it, so it holds nothing else."""
    return {"event_type": _EVENT, "event_payload": {"run_key": note.idempotency_key}}


def _blocks(note: Note) -> dict[str, Any]:
    return {"blocks": list(note.body["blocks"])} if note.body.get("blocks") else {}


def _file_name(idempotency_key: str) -> str:
    return idempotency_key.replace(":", "-").replace("/", "-") + ".png"


def _split(reference: str) -> tuple[str, str]:
    channel, _, rest = reference.partition(":")
    return channel, rest
