"""Watching: one record of every request as it ends, and those who are told of it: metrics, figures, logs."""
