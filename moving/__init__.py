"""Taking over the two old systems, once per community and again with every newer copy; nothing imports this app.

`source` opens an old database. `legacy_rows` and `wotcs_rows` read its rows. `legacy` with `taking`, and `wotcs` with
`wotcs_games`, decide and write. Both systems share `values` and `report`.
"""
