"""The pool of job tokens under load: too many jobs, lost tokens, too much memory, if ever."""
