"""The one path from conversation to token ids: chat template, loss mask, length limit, and a look at the tokens."""
