"""Imports by function: whether a changed module still says the same to one that imports from it.

A ThinLTO backend takes single definitions out of other modules, and with them what they name.
`index` reads which ones an index takes, `facts` finds out what a module says of each and compares
two versions of it; `printed` has the text that it works on, `module_text` its parts, and `graph`
digests of what refers to each other. Nothing here knows of builds.
"""
