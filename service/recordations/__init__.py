"""Recordations: which right is filed for whom, for which goods, until when, and who may use it."""
