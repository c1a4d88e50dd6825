"""What serving costs, beside a loop that does nothing else, under more than it can bear, and beside other servers."""
