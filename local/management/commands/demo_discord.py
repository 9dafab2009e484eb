"""Runs the demo's Discord: a stand-in for signing in with it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from local.simulator import discord
from local.terminal import serve_until_stopped


class Command(BaseCommand):
    """`demo_discord [--port N]`: what `make run` starts where no Discord application is set."""

    help = "Run a stand-in for Discord's sign-in, with invented people to choose from."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")

    def handle(self, **options: Any) -> None:
        with discord.running(discord.people(), port=options["port"]) as stand_in:
            serve_until_stopped(self.stdout, f"Stand-in for Discord: {stand_in.api_url}")
