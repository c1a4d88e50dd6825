"""X-ray scans of parcels, computed from physics: no public set of marks in X-ray images exists.

Start reading in `parcels.py`, which packs a parcel, and `scanning.py`, which X-rays it. docs/xray.md explains both.
"""
