"""Tests of the databases: the same ones on every database that is supported."""
