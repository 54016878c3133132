"""Append-only, content-addressed versions of one project; lineage, the live pointer, rollback. Standard library only."""
