"""The part of OData's ``$filter`` that finds a user by an address."""

import re
from collections.abc import Callable

from sandbox.azure.directory import User

_TEXT = r"'(?P<text>(?:[^']|'')*)'"
_EQUALS = re.compile(rf"(?P<field>mail|userPrincipalName)\s+eq\s+{_TEXT}")
_ANY = re.compile(
    rf"(?P<field>proxyAddresses|otherMails)/any\(\s*(?P<x>\w+)\s*:\s*(?P=x)\s+eq\s+{_TEXT}\s*\)"
)
_OR = re.compile(r"\s+or\s+")

Test = Callable[[User], bool]


class FilterError(ValueError):
    """The filter is none this service understands."""


def parse_filter(text: str) -> Test:
    """A test for users from clauses joined by ``or``.

    Understood are ``mail eq '..'``, ``userPrincipalName eq '..'`` and
    ``proxyAddresses/any(x:x eq '..')``, the same with ``otherMails``; a quote within the text is
    doubled. Letter case does not count, except in the ``smtp:``/``SMTP:`` of a proxy address.

    Raises:
        FilterError: for anything else.
    """
    tests, at = [], 0
    while True:
        clause = _EQUALS.match(text, at) or _ANY.match(text, at)
        if not clause:
            raise FilterError(f"Invalid filter clause at position {at}.")
        tests.append(_test(clause["field"], clause["text"].replace("''", "'")))
        at = clause.end()
        if at == len(text):
            return lambda user: any(test(user) for test in tests)
        joint = _OR.match(text, at)
        if not joint:
            raise FilterError(f"Invalid filter clause at position {at}.")
        at = joint.end()


def _test(field: str, wanted: str) -> Test:
    if field == "mail":
        return lambda user: (user.mail or "").lower() == wanted.lower()
    if field == "userPrincipalName":
        return lambda user: user.upn.lower() == wanted.lower()
    if field == "otherMails":
        return lambda user: wanted.lower() in (mail.lower() for mail in user.other_mails)
    return lambda user: _proxy(wanted) in (_proxy(address) for address in user.proxy_addresses)


def _proxy(address: str) -> tuple[str, str]:
    kind, _, rest = address.partition(":")
    return kind, rest.lower()
