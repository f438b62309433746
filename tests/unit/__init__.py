"""Tests of plain functions: no database, no server, no process."""
