"""The project's yardstick: measures the shipped models on an annotated set of photographs. No torch here.

    python -m training.evaluation SET --registry CSV [--json] [--clean DIR] [--models DIR] [--cache DIR]

The measures, one file each: `crops`, `detection`, `photos`, `calibration_error`, `timing`. Each takes plain records
(`records.py`) and can be checked by hand; `observing.py` makes the records by running the pipeline over the pictures.
"""
