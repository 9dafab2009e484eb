from django.apps import AppConfig


class WotcsConfig(AppConfig):
    name = "wotcs"
