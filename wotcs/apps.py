from django.apps import AppConfig


class WotcsConfig(AppConfig):
    name = "wotcs"

    def ready(self) -> None:
        from wotcs import checks  # noqa: F401, PLC0415 - registering them is all that is wanted
