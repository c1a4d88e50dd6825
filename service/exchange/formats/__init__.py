"""One file per format. Each reads recordations one at a time, in bounded memory, and names what it cannot use."""
