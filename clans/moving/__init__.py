"""Moving in from the old clan system: its database is read, its people, players and vehicles become rows of ours.

`address` and `source` read, `cells` and `rows` understand (pure), `players`, `garages` and `people` write, `take_over` does
all of it in order. `hashers` keeps the old passwords working.
"""
