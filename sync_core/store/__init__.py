"""Engines, tables, migrations and queries: the only room with SQL.

A query takes the session or connection first and never commits; the use-case owns the transaction.
"""
