"""The tanks of a clan's players: what is chosen, its rows, its figures, and the words for them."""
