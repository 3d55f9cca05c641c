"""A user as Microsoft Graph shows it."""

from typing import Any

from sandbox.azure.directory import User
from sandbox.azure.graph_errors import GraphError

_BY_DEFAULT = ("id", "displayName", "mail", "userPrincipalName")


def user_json(user: User, select: str | None) -> dict[str, Any]:
    """The default properties, or exactly those ``$select`` names, separated by commas.

    Raises:
        GraphError: 400 for a property users do not have.
    """
    properties = {
        "id": user.id,
        "displayName": user.display_name,
        "mail": user.mail,
        "userPrincipalName": user.upn,
        "accountEnabled": user.enabled,
        "userType": user.user_type,
        "proxyAddresses": user.proxy_addresses,
        "otherMails": user.other_mails,
    }
    wanted = [name.strip() for name in select.split(",")] if select else list(_BY_DEFAULT)
    for name in wanted:
        if name not in properties:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
            raise GraphError(400, "BadRequest", message)
    return {name: properties[name] for name in wanted}
