"""The nouns: plain frozen data; nothing here reads or writes files."""
