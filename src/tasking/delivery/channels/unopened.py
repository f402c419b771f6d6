"""In place of a channel that could not be opened: it says why when it is asked to send, so that the others go on."""

from tasking.delivery.channels.message import Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import TransportError


class UnopenedChannel(SendsOnly):
    """A channel that partnership.yml names and that lacks something, such as its address. It takes nothing."""

    traits = Traits(Form.TEXT, InDoubt.RESEND, can_edit=False)

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why

    def send(self, _note: Note) -> str:
        raise TransportError(f"{self.name}: {self.why}")
