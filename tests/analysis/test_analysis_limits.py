"""Questions about every claim leave out the claims that are settled before any rule is asked."""
