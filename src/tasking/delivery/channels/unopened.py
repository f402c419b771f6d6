"""Stands in for a channel that could not be opened, so that the other channels still work."""

from tasking.delivery.channels.message import Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import TransportError


class UnopenedChannel(SendsOnly):
    """A channel that partnership.yml names but that lacks a setting, such as its address. Sending raises the reason."""

    traits = Traits(Form.TEXT, InDoubt.RESEND, can_edit=False)

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why

    def send(self, _note: Note) -> str:
        raise TransportError(f"{self.name}: {self.why}")
