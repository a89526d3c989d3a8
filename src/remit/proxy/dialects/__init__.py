"""How callers and upstreams are spoken to: MCP, and plain HTTP."""
