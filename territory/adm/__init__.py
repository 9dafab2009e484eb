"""Read the game's admin log (`*.ADM`) into events: pure, resumable, standard library only."""
