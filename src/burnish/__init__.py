"""burnish: fine-tune a small language model on a person's own few rows, and say honestly whether it got better."""

__version__ = "0.1.0"
