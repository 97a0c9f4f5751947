"""Where link units come from."""
