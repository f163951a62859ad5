"""The subcommands, by group."""
