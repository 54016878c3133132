"""Weights and mathematics of one causal LM: found, loaded, adapted, measured, and made to speak."""
