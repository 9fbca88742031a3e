"""Where orders really are: one Protocol, one file an implementation."""
