"""A stand-in for Wargaming's World of Tanks API: an invented clan whose time passes, behind the real envelope.

For the demo where no application id is set, and for tests. It knows the standard library only and nothing of
`tanks.wargaming`, so that a misreading of the API in the one is not repeated in the other.
"""
