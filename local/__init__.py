"""`make run` and what the tests start: servers, a supervisor, the demo, a stand-in for Wargaming's API.

For development only: the production image does not contain it, and nothing of the other packages imports it.
"""
