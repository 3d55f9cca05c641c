"""A pretend Slack: the Web API, response URLs, and people who press buttons.

Strict where Slack is strict: what real Slack refuses is refused here with the same error code.
"""

from sandbox.slack.person import Person
from sandbox.slack.reading import text_of
from sandbox.slack.records import Channel, Message, User, View
from sandbox.slack.signing import Receipt, sign
from sandbox.slack.web_api import serve_slack, slack_app
from sandbox.slack.workspace import SlackWorkspace

__all__ = [
    "Channel",
    "Message",
    "Person",
    "Receipt",
    "SlackWorkspace",
    "User",
    "View",
    "serve_slack",
    "sign",
    "slack_app",
    "text_of",
]
