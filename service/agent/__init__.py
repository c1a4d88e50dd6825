"""The station agent: takes what cameras drop into a folder, keeps it safe, posts it, and has the answer in time.

It stands alone: nothing of the service is imported here, and no numpy, so that it runs on whatever a station has.
"""
