"""The accounts app: how people get in, and who they prove to be."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.socialaccount.providers import registry  # noqa: PLC0415 - needs the models

        from accounts.providers.discord import DiscordProvider  # noqa: PLC0415
        from accounts.providers.wargaming import WargamingProvider  # noqa: PLC0415

        for provider in (DiscordProvider, WargamingProvider):
            registry.register(provider)
