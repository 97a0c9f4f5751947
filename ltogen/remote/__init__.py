"""A client of Remote Execution API servers (version 2), for asyncio.

It needs what `ltogen[remote]` installs, and is imported by those alone who mean to use it.
"""
