import pytest
from django.test import Client

from clans.models import User


@pytest.fixture
def root(db: None, client: Client) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client
