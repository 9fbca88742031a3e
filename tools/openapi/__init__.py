"""Operations of any API as tools: described by an OpenAPI document, allowed one by one in a file."""
