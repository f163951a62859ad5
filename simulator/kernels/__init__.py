"""The eviction policies once more, compiled: one loop a policy over dense integer ids."""
