"""Recipe, data, machine and model to a plan with reasons and a quote: pure arithmetic."""
