"""The rows that a version carries, found again by a question and put before it: by meaning, or by words."""
