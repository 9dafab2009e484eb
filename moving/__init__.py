"""Taking over the two old systems, once per community and with every newer copy; nothing imports this app.

`source` opens an old database, `legacy_rows` and `wotcs_rows` read its rows, `legacy` and `wotcs` with `wotcs_garages`
decide and write. `taking` makes one row one object; both systems share `values`, `reasons` and `report`.
"""
