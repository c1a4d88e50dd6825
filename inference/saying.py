"""What officers are told, as forms with values: English here, any other language where the forms are shown. Pure.

A reason keeps its form and values beside its English text, so that whoever shows it can say it in another language
without reading the text. Changing a form's meaning wants a new name: stored reasons keep the old one.
"""

from collections.abc import Mapping

from inference.vocabulary import Reason

FORMS: Mapping[str, str] = {
    "looks_like_mark": "looks like “{title}” of {holder} (similarity {similarity})",
    "looks_like_letters": "looks like “{title}” of {holder} (similarity to plain letters {similarity})",
    "reads_as_mark_in": "reads “{text}”, the word of the mark",
    "reads_as_mark_beside": "reads “{text}” beside it, the word of the mark",
    "reads_as_mark_around": "reads “{text}” around it, the word of the mark",
    "lookalike_text_in": "reads “{text}”, nearly the mark's “{title}”",
    "lookalike_text_beside": "reads “{text}” beside it, nearly the mark's “{title}”",
    "lookalike_text_around": "reads “{text}” around it, nearly the mark's “{title}”",
    "clear_margin_holder": "clearly more like this than like the next right holder, {rival} (by {ahead})",
    "clear_margin_unrecorded": "clearly more like this than like marks that are not recorded (by {ahead})",
    "hardly_more_holder": "hardly more like this than like the next right holder, {rival} (by {ahead})",
    "hardly_more_unrecorded": "hardly more like this than like marks that are not recorded (by {ahead})",
    "less_holder": "less like this than like the next right holder, {rival} (by {ahead})",
    "less_unrecorded": "less like this than like marks that are not recorded (by {ahead})",
    "artwork_fits": "the filed artwork can be laid over the place: edges agree by {fitted}",
    "artwork_hardly_fits": "the filed artwork, laid over the place, hardly agrees with it: edges by {fitted}",
    "small_mark": "only {size} pixels large; below {limit} marks are easily mistaken",
    "weak_detection": "it is not certain that there is a logo at all (detector {score})",
    "like_ordinary_things": "ordinary things look like this mark too (similarity {likeness})",
    "seen_several_times": "seen in {places} places of the image",
    "together_both": "{views} views show it, by light and by X-rays: together {score}, the strongest alone {alone}",
    "together_views": "{views} views show it: together {score}, the strongest alone {alone}",
    "relief_stands_out": "seen as relief by X-rays, {contrast} times the noise; print would leave no trace",
    "relief_faint": "the relief hardly stands out from the X-ray's noise ({contrast} times; below {limit} marks are "
    "seldom told right)",
    "more_than_declared": "{places} things alike are seen; {pieces} pieces were declared",
    "metal_not_declared": "metal is seen over {share} % of the parcel ({area} cm²); the declared goods have hardly any",
    "heavier_than_declared": "the parcel weighs at least {least} g by its scan; {declared} g were declared",
    "wider": "it is {times} times wider than the filed artwork, in proportion",
    "higher": "it is {times} times higher than the filed artwork, in proportion",
    "part_missing": "part of the filed artwork is not seen: about {share} of it, {where}",
    "part_added": "something is added to the filed artwork: about {share} of its ink, {where}",
    "other_colours": "its colours are not the filed ones: {degrees} degrees apart on the colour circle",
    "other_spelling": "it is spelt “{spelling}”, not “{title}”",
    "only_words": "not compared with the filed artwork: none is filed, only words",
    "too_small": "not compared with the filed artwork: the place is {size} pixels large; details are compared from "
    "{limit} on",
    "not_laid": "not compared with the filed artwork: the filed artwork could not be laid over the place",
    "too_slanted": "not compared with the filed artwork: the place is too slanted and has too little contrast",
    "party_is_holder": "the consignor is the right holder itself ({identifier})",
    "authorised_party": "the consignor is the authorised {role} {party} ({identifier})",
    "party_not_listed": "the consignor is not among the {count} authorised users of {number}",
    "consignee_authorised": "the consignee is the authorised {role} {party}; that does not clear what is sent to it",
    "authorisation_not_in_force": "the consignor {party} is authorised from {since} to {until}, not on {day}",
    "authorised_for_other_goods": "the consignor {party} is authorised for classes {classes} only, other goods are "
    "declared",
    "party_name_resembles": "the consignor's name is like that of the authorised user {party} ({likeness}); a name "
    "clears nobody",
    "goods_outside_classes": "the declared goods are outside the classes of {number} ({classes})",
    "goods_within_classes": "the declared goods are within the classes of {number} ({classes})",
}


def said(form: str, weight: float, *, code: str | None = None, **values: str) -> Reason:
    """A reason in one of the `FORMS`, its values filled in. Raises KeyError if there is none, or a value is missing."""
    text = FORMS[form].format_map(values)
    return Reason(code=code or form, text=text, weight=weight, form=form, values=tuple(values.items()))
