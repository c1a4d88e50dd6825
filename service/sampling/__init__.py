"""Which places people should look at because models would learn most from them; never on the way to a verdict."""
