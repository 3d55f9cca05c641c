"""Accounts, profiles, payment methods and role assignments as Resource Manager shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.azure.billing import Account, Assignment, PaymentMethod, Profile

NEVER = "0001-01-01T00:00:00+00:00"
"""The live service's ``modifiedOn`` of an assignment nobody has modified."""


def instant(moment: datetime) -> str:
    """A time as the service writes it: UTC with seven fractional digits."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def without_none(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that have a value; the service leaves the others out."""
    return {name: value for name, value in properties.items() if value is not None}


def account_json(account: Account, tenant_id: str, *, readable: bool) -> dict[str, Any]:
    """A billing account; ``readable`` tells whether the caller has a role on the account itself."""
    return {
        "id": account.id,
        "name": account.name,
        "type": "Microsoft.Billing/billingAccounts",
        "properties": {
            "displayName": account.display_name,
            "agreementType": account.agreement_type,
            "accountStatus": "Active",
            "accountType": "Enterprise",
            "primaryBillingTenantId": tenant_id,
            "hasReadAccess": readable,
        },
    }


def profile_json(profile: Profile) -> dict[str, Any]:
    """A billing profile."""
    properties = {
        "displayName": profile.display_name,
        "billingRelationshipType": "Direct",
        "currency": profile.currency,
        "enabledAzurePlans": [{"skuId": "0001", "skuDescription": "Microsoft Azure Plan"}],
        "invoiceDay": profile.invoice_day,
        "invoiceEmailOptIn": True,
        "poNumber": profile.po,
        "hasReadAccess": True,
        "systemId": profile.name,
        "status": profile.status,
        "statusReasonCode": profile.reason,
        "spendingLimit": "Off",
        "targetClouds": [],
    }
    return {
        "id": profile.id,
        "name": profile.name,
        "type": "Microsoft.Billing/billingAccounts/billingProfiles",
        "properties": without_none(properties),
    }


def payment_method_json(profile: Profile, method: PaymentMethod) -> dict[str, Any]:
    """A payment method's link to a profile."""
    properties: dict[str, Any] = {
        "paymentMethodId": f"/providers/Microsoft.Billing/paymentMethods/{method.name}",
        "accountHolderName": method.holder,
        "expiration": method.expiration,
        "lastFourDigits": method.last_four,
        "family": method.family,
        "paymentMethodType": method.type,
        "displayName": method.display_name,
        "logos": [],
        "status": method.status,
    }
    return {
        "id": f"{profile.id}/paymentMethodLinks/{method.name}",
        "name": method.name,
        "type": "Microsoft.Billing/billingAccounts/billingProfiles/paymentMethodLinks",
        "properties": without_none(properties),
    }


def assignment_json(assignment: Assignment) -> dict[str, Any]:
    """A role assignment in the shape its ``principal_type`` asks for."""
    properties: dict[str, Any] = {
        "createdOn": instant(assignment.created_on),
        "createdByPrincipalTenantId": "",
        "createdByPrincipalId": "",
        "principalId": assignment.principal_id,
        "roleDefinitionId": f"{assignment.scope}/billingRoleDefinitions/{assignment.role.guid}",
        "scope": assignment.scope,
    }
    if assignment.principal_type is None:
        properties |= {"modifiedOn": NEVER, "principalTenantId": assignment.tenant_id}
    else:
        properties["principalType"] = assignment.principal_type
    properties |= assignment.raw
    kinds = assignment.scope.split("/")[3::2]
    return {
        "id": f"{assignment.scope}/billingRoleAssignments/{assignment.name}",
        "name": assignment.name,
        "type": "/".join(("Microsoft.Billing", *kinds, "billingRoleAssignments")),
        "properties": properties,
    }
