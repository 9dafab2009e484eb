"""Nobody adds a route that the browser's tests do not visit without saying why."""

from tests.browser.pages import routes_without_example, stale_names


def test_every_route_has_an_example_or_a_reason_to_be_left_out() -> None:
    assert routes_without_example() == [], "add a line to EXAMPLES or EXCLUDED in tests/browser/pages.py"


def test_examples_and_exclusions_are_of_routes_that_exist() -> None:
    assert stale_names() == []
