"""Tests of the project itself: bootstrap, imports, layout, catalogues."""
