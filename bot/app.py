"""The composition root: the only place where vendors, services and listeners meet."""

from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from bot.adapters.metrics import count_interaction
from bot.adapters.slack_app import slack_app
from bot.adapters.socket_mode import SocketMode
from bot.guard import Guard
from bot.services.access import Access
from bot.services.alerts import Alerts
from bot.services.cards import CardDesk
from bot.services.lookup import Lookup
from bot.services.payments import PaymentDesk
from bot.services.posting import Posting
from bot.services.refresh import Refresh
from bot.services.settlement import Settlement
from bot.vendors import Vendors
from bot.views.card import CardView
from bot.views.confirm import ConfirmView
from bot.views.language import Language
from bot.views.lookup import LookupView
from bot.web import web_app
from handlers import register
from handlers.desk import Desk


class House:
    """The services, wired to the connected vendors."""

    def __init__(self, outside: Vendors) -> None:
        settings, store = outside.settings, outside.store
        self._outside = outside
        zone = ZoneInfo(settings.timezone)
        language, portal = Language(settings.locale), settings.portal_template
        self.access = Access(
            people=outside.slack,
            directory=outside.directory,
            roles=outside.billing,
            home=outside.home,
            payer_roles=settings.payer_roles,
        )
        self.cards = CardDesk(
            cards=store,
            stale=store,
            payments=store,
            locks=store,
            channels=outside.slack,
            render=CardView(language, portal),
            clock=outside.clock,
            zone=zone,
        )
        settle = Settlement(payments=store, clock=outside.clock)
        posting = Posting(
            cards=store,
            payments=store,
            memory=store,
            channels=outside.slack,
            desk=self.cards,
            clock=outside.clock,
            routes=settings.alert_routes,
            default_channel=settings.alert_channel,
        )
        self.alerts = Alerts(
            invoices=outside.billing,
            cards=store,
            stale=store,
            payments=store,
            locks=store,
            settle=settle,
            posting=posting,
            clock=outside.clock,
            zone=zone,
            remind_on=settings.remind_on_days,
        )
        self.payments = PaymentDesk(
            invoices=outside.billing,
            cards=store,
            offers=store,
            payments=store,
            journal=store,
            access=self.access,
            settle=settle,
            desk=self.cards,
            clock=outside.clock,
            later=outside.background,
            ttl=settings.confirmation_ttl_seconds,
            four_eyes_above=settings.four_eyes_above,
        )
        self.lookup = Lookup(
            invoices=outside.billing,
            cards=store,
            payments=store,
            journal=store,
            access=self.access,
            by_role=settings.lookup_access == "role",
            clock=outside.clock,
            zone=zone,
        )
        self.refresh = Refresh(
            invoices=outside.billing,
            cards=store,
            payments=store,
            access=self.access,
            settle=settle,
            desk=self.cards,
        )
        self._views = (
            ConfirmView(language, portal, outside.clock),
            LookupView(language, portal, outside.clock),
        )

    def web(self) -> Starlette:
        """The web application with all listeners."""
        outside, settings = self._outside, self._outside.settings
        confirm, answers = self._views
        app = slack_app(
            settings.slack_bot_token.get_secret_value(),
            outside.home,
            api_url=settings.slack_api_url,
            session=outside.session,
        )
        desk = Desk(
            payments=self.payments,
            lookup=self.lookup,
            cards=self.cards,
            refresh=self.refresh,
            modals=outside.slack,
            confirm=confirm,
            answers=answers,
            later=outside.background,
            count=count_interaction,
        )
        register(app, desk)
        secret, socket = settings.slack_signing_secret, None
        if settings.slack_app_token:
            socket = SocketMode(
                app,
                settings.slack_app_token.get_secret_value(),
                api_url=settings.slack_api_url,
                background=outside.background,
            )

        async def ready() -> None:
            await outside.store.ping()
            if socket:
                await socket.ready()

        return web_app(
            slack=app,
            guard=Guard(secret.get_secret_value()) if secret and not socket else None,
            background=outside.background,
            clock=outside.clock,
            ready=ready,
            beside=socket,
        )
