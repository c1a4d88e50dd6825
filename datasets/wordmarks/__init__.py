"""Typeset fictitious word marks for training: a name in any lettering is one mark, one letter changed is another.

Symbols teach the embedder shapes; these teach it that letters matter and lettering does not. Fonts are the user's.
"""
