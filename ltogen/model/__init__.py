"""The nouns: plain frozen data, and nothing that reads or writes."""
