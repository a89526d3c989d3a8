"""The one door for HTTP that Remit starts: pinned addresses, no redirects, bounds on everything."""
