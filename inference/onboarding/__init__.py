"""What a new mark can expect: the self-test that is run when it is recorded."""
