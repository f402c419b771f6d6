"""The last step: the briefing reaches people once, and what they do with it comes back."""

from tasking.posting.briefing import is_posted, post, refresh, refresh_all
from tasking.posting.buttons import Pressed, press
from tasking.posting.dead_man import leave as leave_dead_mans_message
from tasking.posting.messages import Edited, edited
from tasking.posting.notices import tell_ops
from tasking.posting.once import Once

__all__ = [
    "Edited", "Once", "Pressed", "edited", "is_posted", "leave_dead_mans_message", "post", "press", "refresh",
    "refresh_all", "tell_ops",
]  # fmt: skip
