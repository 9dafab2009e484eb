"""The pure core: frozen facts in, a frozen verdict with its reasons out.

Standard library only; no clock, database, settings or randomness. The decision table is docs/rules.md.
"""
