"""From messages to conversations: who is speaking, what was answered to what, and where every message went."""
