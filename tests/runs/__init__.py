"""Tests of runs with real children and kills; they wait on conditions, never for a time."""
