"""What an administrator has to do in Slack and in Azure, step by step."""

import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote, urlsplit

from bot.errors import SetupError

_EXAMPLE = "https://invoices.example.com/slack/events"
_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_yaml="
_READER = "50000000-aaaa-bbbb-cccc-100000000002"
"""The role definition "Billing account reader", the same in every agreement."""
_USERS = "df021288-bdef-4463-88db-98f22de89214"
_GROUPS = "98830695-27a2-44f7-8c18-0c3ebc9698f6"
"""Microsoft Graph's application permissions User.Read.All and GroupMember.Read.All."""


def manifest(address: str) -> str:
    """The app manifest for this bot, without its comments.

    Args:
        address: the bot's public https address, with or without a path; "" for Socket Mode.

    Raises:
        SetupError: the manifest was not installed with the bot.
    """
    lines = (re.sub(r"(^|\s)# .*", "", line).rstrip() for line in _packaged().splitlines())
    text = "".join(f"{line}\n" for line in lines if line)
    if address:
        parts = urlsplit(address)
        return text.replace(_EXAMPLE, f"{parts.scheme}://{parts.netloc}/slack/events")
    without = re.sub(r"^ +(?:request_)?url: .*\n", "", text, flags=re.MULTILINE)
    return without.replace("socket_mode_enabled: false", "socket_mode_enabled: true")


def new_app_link(address: str) -> str:
    """Where Slack offers to create the app, its manifest filled in."""
    return _NEW_APP + quote(manifest(address), safe="")


def azure_steps() -> str:
    """The commands that give the bot its identity and its rights in Azure."""
    return f"""\
Somebody with these rights runs the commands (https://shell.azure.com has the tools): for the first
part an Application Administrator, for the consent a Privileged Role Administrator, for the role an
owner of the billing account. The README has the same steps in the portal.

  TENANT=$(az account show --query tenantId -o tsv)
  APP=$(az ad app create --display-name azure-invoice-bot --query appId -o tsv)
  SP=$(az ad sp create --id "$APP" --query id -o tsv)
  az ad app credential reset --id "$APP" --query password -o tsv
  echo "client id $APP, tenant id $TENANT"

  # Microsoft Graph: User.Read.All, to find who a Slack user is in Microsoft Entra
  az ad app permission add --id "$APP" --api 00000003-0000-0000-c000-000000000000 \\
    --api-permissions {_USERS}=Role
  # Only if groups hold billing roles: GroupMember.Read.All
  az ad app permission add --id "$APP" --api 00000003-0000-0000-c000-000000000000 \\
    --api-permissions {_GROUPS}=Role
  az ad app permission admin-consent --id "$APP"

  # The billing accounts
  az rest --method get --query "value[].name" -o tsv \\
    --url "https://management.azure.com/providers/Microsoft.Billing/billingAccounts?api-version=2024-04-01"

  # Billing account reader on each that the bot shall watch. $SP is the OBJECT id of the enterprise
  # application; the application id, or the object id of the app registration, do not work.
  SCOPE="/providers/Microsoft.Billing/billingAccounts/<name from the list>"
  BODY="{{\\"principalId\\":\\"$SP\\",\\"principalTenantId\\":\\"$TENANT\\","
  BODY="$BODY\\"roleDefinitionId\\":\\"$SCOPE/billingRoleDefinitions/{_READER}\\"}}"
  az rest --method post --body "$BODY" \\
    --url "https://management.azure.com$SCOPE/createBillingRoleAssignment?api-version=2024-04-01"

A new role or permission can take some minutes to show."""


def _packaged() -> str:
    """``manifest.yml``: beside this file where the bot was installed, at the top of its source."""
    source = Path(__file__).parents[1] / "manifest.yml"
    for place in (files("bot") / "manifest.yml", source):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise SetupError("manifest.yml is missing: install the bot anew.")
