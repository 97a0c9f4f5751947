"""The client process of a build: what its edges ask for is built by a server, or here.

The edges are `steps/remote.py`; the protocol is `ltogen.remote`.
"""
