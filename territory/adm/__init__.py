"""The game's admin log (`*.ADM`) read into events: pure, resumable, standard library only."""
