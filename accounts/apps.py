"""The accounts app: how people get in, and who they prove to be."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
