"""lld's own tests, once by lld and once by `ld.ltogen`; what a graph made is linked again by lld."""
