"""Tests of fetching and merging, against a real HTTP server on loopback."""
