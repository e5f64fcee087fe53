"""The decision service: other programs send claims over HTTP, and get determinations, explanations and comparisons."""
