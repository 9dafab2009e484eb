"""Addresses of signing in and of a person's own pages. The names of those under accounts/ are django-allauth's."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, reverse_lazy

from accounts import claim_views, decision_views, views
from accounts.me import views as me
from accounts.providers import discord, wargaming

_POSTS_ONLY = ["post", "options"]
_accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.LogoutView.as_view(http_method_names=_POSTS_ONLY), name="account_logout"),
    path("signup/", claim_views.RegistrationView.as_view(), name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", views.ForgottenPasswordView.as_view(), name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/reset/key/<str:uidb36>/<str:key>/",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("providers/error/", views.trouble, name="socialaccount_login_error"),
    path("discord/login/", discord.login, name="discord_login"),
    path("discord/login/callback/", discord.callback, name="discord_callback"),
    path("wargaming/login/", wargaming.login, name="wargaming_login"),
    path("wargaming/back/<str:nonce>/", wargaming.back, name="wargaming_back"),
    path("2fa/", mfa.index, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", views.ActivateAppView.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path("2fa/keys/add/", views.AddKeyView.as_view(), name="mfa_add_webauthn"),
    path("2fa/keys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("2fa/keys/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path(
        "2fa/keys/<int:pk>/remove/",
        webauthn.RemoveWebAuthnView.as_view(success_url=reverse_lazy("mfa_index")),
        name="mfa_remove_webauthn",
    ),
]

_me = [
    path("", me.profile, name="profile"),
    path("links/<int:pk>/unlink/", me.unlink_account, name="unlink"),
    path("links/<int:pk>/withdraw/", me.withdraw_claim, name="withdraw-claim"),
    path("connections/withdraw/", me.stop_reading_connections, name="withdraw-connections"),
    path("sessions/<int:pk>/end/", me.end_one_session, name="end-session"),
    path("sessions/end/", me.end_other_sessions, name="end-sessions"),
    path("wargaming/", claim_views.claim_wargaming, name="claim-wargaming"),
    path("gamertag/", claim_views.claim_gamertag, name="claim-gamertag"),
    path("garage/", me.garage, name="garage"),
    path("garage/<int:pk>/revoke/", me.revoke_garage, name="revoke-garage"),
    path("garage/<int:pk>/share/", me.share_garage, name="share-garage"),
    path("export/", me.export, name="export"),
    path("delete/", me.delete_account, name="delete-account"),
]

_decisions = [
    path("clan/claims/", decision_views.clan_claims, name="clan-claims"),
    path("staff/links/", decision_views.links, name="links"),
    path("staff/links/<int:pk>/confirm/", decision_views.confirm_link, name="link-confirm"),
    path("staff/links/<int:pk>/refuse/", decision_views.refuse, name="link-refuse"),
]

urlpatterns = [path("accounts/", include(_accounts)), path("me/", include(_me)), *_decisions]
