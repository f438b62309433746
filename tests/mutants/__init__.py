"""The code, broken on purpose in named ways: a suite that does not notice is worth nothing."""
