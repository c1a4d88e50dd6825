"""For companies: what is recorded, before they import or export. Public fields only; nothing is kept unless asked."""
