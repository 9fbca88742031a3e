"""What the agent may do in the world: typed functions, their guards, and one effect per intent."""
