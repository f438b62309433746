"""Tests of the screens without a browser: renders, empty, error, each action."""
