"""What runs beside the agent: its key, its tokens, and one MCP server in front of all its tools."""
