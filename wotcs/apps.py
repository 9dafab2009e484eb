from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class WotcsConfig(AppConfig):
    default = True
    name = "wotcs"

    def ready(self) -> None:
        from wotcs import checks  # noqa: F401, PLC0415 - registering them is all that is wanted
        from wotcs.groups import make_groups  # noqa: PLC0415 - models are ready only now

        # For each app, after Django has made that app's rights: django.contrib.auth stands before this app.
        post_migrate.connect(make_groups, dispatch_uid="wotcs.groups")


class AdminConfig(admin.AdminConfig):
    default = False
    default_site = "wotcs.staff.StaffSite"
