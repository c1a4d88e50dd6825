"""What a change is likely to come from: a code, and its words in English. A hint, no finding. Pure."""

from collections.abc import Collection, Mapping

from inference.vocabulary import Modality
from service.alerts.rules import Improves

WORDS: Mapping[str, str] = {
    "lamp_or_exposure_at_station": "A lamp has aged or failed, or the camera's exposure was changed, at this station.",
    "xray_source_or_gain_at_station": "The X-ray source or the gain of its detectors has changed: calibrate it again.",
    "lens_dirty_or_out_of_focus": "The lens is dirty or out of focus, or the parcels are not where they were.",
    "sharpened_by_software": "The camera sharpens more than before, or its pictures are noisier.",
    "white_balance_at_station": "The white balance or the colours of the camera at this station have changed.",
    "station_software_changed": "The station sends pictures of another size: other software or another camera.",
    "scanner_display_mode_changed": "Pictures changed between greys and colours: another display mode, or camera.",
    "goods_or_packaging_changed": "It is so at several stations: other goods or packaging, or the season.",
    "software_changed_everywhere": "It is so at several stations: software that all of them share has changed.",
    "model_change": "It came with other models: compare them with those before, or go back.",
    "detector_blind": "Nothing is found on more of the views: look at some of them.",
    "more_is_found": "Something is found on more of the views than before.",
    "campaign_or_new_goods": "Most of it is one mark: a campaign, new goods, or a shipment of many parcels.",
    "unrecorded_brand_or_new_goods": "More logos are like nothing that is recorded: a brand that is not, or new goods.",
    "registry_grew": "What is seen is nearer to what is recorded: marks were added, or their goods come more often.",
    "licences_missing": "Goods of authorised parties raise alerts: their licences are missing in the registry.",
    "goods_missing_in_registry": "Alerts for goods that are not recorded: look at the recordation's goods.",
    "threshold_too_low": "Alerts that show nothing suspicious: look at the threshold.",
    "labels_for_training": "Alerts for what is no such logo: label them and train.",
    "duplicates": "Parcels that were cleared before come back.",
    "officers_and_tests": "Tests that were mixed in are decided otherwise than known more often.",
    "decisions_late": "More decisions come after their time: labels are late too, and what is learnt from them.",
    "unknown": "Nothing is known of the cause.",
}
BY_IMPROVEMENT: Mapping[Improves, str] = {
    "whitelist": "licences_missing",
    "registry": "goods_missing_in_registry",
    "threshold": "threshold_too_low",
    "training_label": "labels_for_training",
    "duplicate_rule": "duplicates",
    "none": "unknown",
}
OF_LIGHT = ("contrast", "saturation", "sharpness")  # which change with the light


def hint_of(
    metric: str, *, modality: Modality, up: bool, everywhere: bool, new_models: bool, beside: Collection[str] = ()
) -> str:
    """The likely cause of one metric's change; `beside` are the metrics that changed at the same place."""
    if metric in ("score", "novelty", "alerts", "nothing_found", "unmatched"):
        return _of_models(metric, up=up, everywhere=everywhere, new_models=new_models)
    if metric == "size" or "size" in beside:
        return "software_changed_everywhere" if everywhere else "station_software_changed"
    if metric == "colour_map" or "colour_map" in beside:
        return "scanner_display_mode_changed"
    if everywhere:
        return "goods_or_packaging_changed"
    if metric == "brightness" or (metric in OF_LIGHT and "brightness" in beside) or metric == "contrast":
        return "xray_source_or_gain_at_station" if modality == "xray" else "lamp_or_exposure_at_station"
    if metric == "sharpness":
        return "sharpened_by_software" if up else "lens_dirty_or_out_of_focus"
    return "white_balance_at_station" if metric == "saturation" else "unknown"


def _of_models(metric: str, *, up: bool, everywhere: bool, new_models: bool) -> str:
    if new_models and everywhere:
        return "model_change"
    if metric == "nothing_found":
        return "detector_blind" if up else "more_is_found"
    if metric in ("unmatched", "novelty"):
        return "unrecorded_brand_or_new_goods" if up else "registry_grew"
    return "goods_or_packaging_changed"


def hint_of_decisions(metric: str, improves: Improves) -> str:
    """The likely cause of a change in what is decided; for reasons, by what they improve."""
    if metric == "false_alarm_reason":
        return BY_IMPROVEMENT[improves]
    return {"tests_wrong": "officers_and_tests", "late": "decisions_late"}.get(metric, "unknown")
