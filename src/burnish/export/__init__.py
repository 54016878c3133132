"""A version as other programs take it, with the proof that it is what was trained."""
