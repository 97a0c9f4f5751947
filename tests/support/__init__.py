"""What tests share: folders to build in, programs to build, and what Ninja itself says."""
