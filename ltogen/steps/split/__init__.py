"""One module of IR as several: what is read, who stays together, where it is cut."""
