"""Frozen facts that cross rooms; text round trip; standard library only."""
