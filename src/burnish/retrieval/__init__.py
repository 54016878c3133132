"""A version's own rows, found again by a question: which rows are nearest, by meaning or by words."""
