"""The morning briefing of a Community Safety Unit, made by night from its partners' feeds. Start at `flows`."""
