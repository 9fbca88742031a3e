"""What must outlive a process: calls, their journals, tool effects and the shop's orders."""
