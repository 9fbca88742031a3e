"""HTTP routes, one file per resource of OpenAI's API."""
