"""Tests of the parts of the bench that could tell a lie."""
