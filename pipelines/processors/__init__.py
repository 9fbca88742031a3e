"""The steps of our own in the pipeline, one class a file."""
