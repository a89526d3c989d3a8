"""The command line: thin over the administration API, the same verbs, the same words."""
