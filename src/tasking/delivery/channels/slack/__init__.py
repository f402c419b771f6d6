"""Slack: posting with a bot token, and buttons over Socket Mode. Nobody else imports slack_sdk."""

from tasking.delivery.channels.slack.channel import SlackChannel

__all__ = ["SlackChannel"]
