"""The door to the world: versions answer over HTTP, in OpenAI's words, by the ids they were trained with."""
