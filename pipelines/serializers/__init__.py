"""How a carrier's messages become frames and back."""
