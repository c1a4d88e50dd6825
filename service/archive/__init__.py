"""The archive: what past scans held, kept so that it can be searched again."""
