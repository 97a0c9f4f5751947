"""lld's own tests by lld and by `ld.ltogen`; what a graph linked is linked again by lld."""
