"""Alembic environment and schema versions; `Database.migrate` applies them."""
