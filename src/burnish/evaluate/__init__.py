"""Weights and a suite -> scores with intervals; two of these -> better, worse or cannot tell; all of it in files to read."""
