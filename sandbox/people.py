"""Who works at Contoso, or only looks as if: the people around the finance channel."""

from dataclasses import dataclass
from typing import Literal

SlackStanding = Literal["member", "guest", "stranger", "deactivated"]


@dataclass(frozen=True)
class Person:
    """Someone who may press buttons.

    Attributes:
        name: display name.
        email: the address in their Slack profile.
        slack: full member, guest, someone of another workspace in a shared channel, or gone.
        azure: their standing in Azure, in words.
        upn: user principal name in Contoso's tenant; empty where they have no account there.
    """

    name: str
    email: str
    slack: SlackStanding
    azure: str
    upn: str


ADA = Person(
    "Ada Okafor",
    "ada.okafor@contoso.example",
    "member",
    "Billing account owner of both accounts",
    "ada.okafor@contoso.example",
)
JUN = Person(
    "Jun Park",
    "jun.park@contoso.example",
    "member",
    "Billing account contributor of Contoso Ltd",
    "jun.park@contoso.example",
)
BRUNO = Person(
    "Bruno Costa",
    "bruno.costa@contoso.example",
    "member",
    "Billing profile contributor of Production",
    "bruno.costa@contoso.example",
)
CHIYO = Person(
    "Chiyo Tanaka",
    "chiyo.tanaka@contoso.example",
    "member",
    "Billing profile contributor of Europe and Japan through a group within a group; "
    "her Slack address is only an alias of her mailbox",
    "ctanaka@contoso.example",
)
DANA = Person(
    "Dana Levi",
    "dana.levi@contoso.example",
    "member",
    "Billing account reader of Contoso Ltd",
    "dana.levi@contoso.example",
)
EMIL = Person(
    "Emil O'Neill",
    "emil.o'neill@contoso.example",
    "member",
    "Invoice manager of Research; his sign-in name is not his mail address",
    "eoneill@contoso.example",
)
FARAH = Person(
    "Farah Haddad",
    "farah.haddad@contoso.example",
    "member",
    "No billing role",
    "farah.haddad@contoso.example",
)
GUS = Person(
    "Gus Lindqvist",
    "gus@freelance.example",
    "guest",
    "B2B guest with billing profile contributor of Research",
    "gus_freelance.example#EXT#@contoso.example",
)
HANA = Person(
    "Hana Kim",
    "hana.kim@fabrikam.example",
    "stranger",
    "Billing profile owner of Research, from Fabrikam's tenant",
    "",
)
IVO = Person(
    "Ivo Marin",
    "ivo.marin@contoso.example",
    "deactivated",
    "Has left: sign-in blocked, still billing profile owner of Production",
    "ivo.marin@contoso.example",
)
KOFI = Person(
    "Kofi Mensah",
    "kofi.mensah@contoso.example",
    "member",
    "Sign-in blocked since today, still billing profile owner of Europe; Slack does not know yet",
    "kofi.mensah@contoso.example",
)
PEOPLE = (ADA, JUN, BRUNO, CHIYO, DANA, EMIL, FARAH, GUS, HANA, IVO, KOFI)
