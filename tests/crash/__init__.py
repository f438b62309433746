"""Runs that are killed on purpose, at every named place and at random, and what must hold then."""
