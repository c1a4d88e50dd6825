"""Trademark offices' XML: what it is read as, and what hostile files do. All marks and holders are fictitious."""

import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from service.exchange.formats import st66, st96, uspto
from service.exchange.formats.detect import format_of
from service.exchange.records import BadExchangeFile, Defaults, Record, Rejected
from service.exchange.xmlstream import DEEPEST, records

DEFAULTS = Defaults(jurisdiction="CN", officer="r")
APPROVED = Defaults(jurisdiction="CN", officer="r", enter_as="approved", decided_on=date(2026, 3, 2))
ST66 = """<?xml version="1.0" encoding="UTF-8"?>
<Transaction xmlns="http://www.wipo.int/standards/XMLSchema/trademarks"><TradeMarkTransactionBody>
<TransactionContentDetails><TransactionData><TradeMarkDetails><TradeMark operationCode="Insert">
<RegistrationOfficeCode>EM</RegistrationOfficeCode><ApplicationNumber>018123456</ApplicationNumber>
<RegistrationNumber>018123456</RegistrationNumber><ApplicationDate>2019-09-12</ApplicationDate>
<RegistrationDate>2020-02-01</RegistrationDate><ExpiryDate>2029-09-12</ExpiryDate>
<MarkCurrentStatusCode>{status}</MarkCurrentStatusCode><MarkFeature>Combined</MarkFeature>
<WordMarkSpecification><MarkVerbalElementText>Kestrel  Lantern</MarkVerbalElementText></WordMarkSpecification>
<MarkImageDetails><MarkImage><MarkImageFilename>018123456.tif</MarkImageFilename>
<MarkImageCategory><CategoryCodeDetails><CategoryCode>13.01.01</CategoryCode><CategoryCode>26.01.01</CategoryCode>
</CategoryCodeDetails></MarkImageCategory></MarkImage></MarkImageDetails>
<GoodsServicesDetails><GoodsServices><ClassDescriptionDetails>
<ClassDescription><ClassNumber>{nice}</ClassNumber><GoodsServicesDescription>Lanterns.</GoodsServicesDescription>
</ClassDescription><ClassDescription><ClassNumber>35</ClassNumber></ClassDescription>
</ClassDescriptionDetails></GoodsServices></GoodsServicesDetails>
<ApplicantDetails><Applicant><ApplicantNationalityCode>NL</ApplicantNationalityCode><ApplicantAddressBook>
<FormattedNameAddress><Name><FormattedName><OrganizationName>{holder}</OrganizationName></FormattedName></Name>
</FormattedNameAddress></ApplicantAddressBook></Applicant></ApplicantDetails>
</TradeMark></TradeMarkDetails></TransactionData></TransactionContentDetails></TradeMarkTransactionBody></Transaction>"""
ST96 = """<?xml version="1.0"?>
<tmk:TrademarkBag xmlns:tmk="http://www.wipo.int/standards/XMLSchema/ST96/Trademark"
 xmlns:com="http://www.wipo.int/standards/XMLSchema/ST96/Common"><tmk:Trademark>
<com:RegistrationOfficeCode>JP</com:RegistrationOfficeCode>
<com:ApplicationNumber><com:ApplicationNumberText>2020-1234</com:ApplicationNumberText></com:ApplicationNumber>
<com:RegistrationNumber>6123456</com:RegistrationNumber><tmk:RegistrationDate>2021-05-06+09:00</tmk:RegistrationDate>
<com:ExpiryDate>2031-05-06</com:ExpiryDate>
<tmk:MarkRepresentation><tmk:MarkFeatureCategory>Figurative</tmk:MarkFeatureCategory><tmk:MarkReproduction>
<tmk:MarkImageBag><tmk:MarkImage><com:FileName>6123456.png</com:FileName><tmk:MarkImageClassification>
<tmk:FigurativeElementClassificationBag><tmk:ViennaClassificationBag><tmk:ViennaClassification>
<tmk:ViennaCategory>3</tmk:ViennaCategory><tmk:ViennaDivision>7</tmk:ViennaDivision>
<tmk:ViennaSection>1</tmk:ViennaSection></tmk:ViennaClassification></tmk:ViennaClassificationBag>
</tmk:FigurativeElementClassificationBag></tmk:MarkImageClassification></tmk:MarkImage></tmk:MarkImageBag>
</tmk:MarkReproduction></tmk:MarkRepresentation>
<tmk:GoodsServicesBag><tmk:GoodsServices><tmk:ClassDescriptionBag><tmk:ClassDescription>
<tmk:ClassNumber>25</tmk:ClassNumber><tmk:ClassDescriptionText>Shoes</tmk:ClassDescriptionText>
</tmk:ClassDescription></tmk:ClassDescriptionBag></tmk:GoodsServices></tmk:GoodsServicesBag>
<tmk:ApplicantBag><tmk:Applicant><com:Contact><com:Name><com:OrganizationName>
<com:OrganizationStandardName>Falcon Boots KK</com:OrganizationStandardName></com:OrganizationName></com:Name>
<com:PostalAddressBag><com:CountryCode>JP</com:CountryCode></com:PostalAddressBag></com:Contact></tmk:Applicant>
</tmk:ApplicantBag></tmk:Trademark></tmk:TrademarkBag>"""
CASE = """<case-file><serial-number>8765{n:04}</serial-number><registration-number>{registration}</registration-number>
<case-file-header><filing-date>20180102</filing-date><registration-date>20190304</registration-date>
<status-code>{status}</status-code><mark-identification>HARBOUR FOX</mark-identification>
<mark-drawing-code>3000</mark-drawing-code></case-file-header>
<case-file-statements><case-file-statement><type-code>GS0251</type-code><text>Caps</text></case-file-statement>
</case-file-statements><classifications><classification><international-code>025</international-code></classification>
</classifications><case-file-owners><case-file-owner><party-type>10</party-type><party-name>Old Fox LLC</party-name>
<country>DE</country></case-file-owner><case-file-owner><party-type>30</party-type><party-name>Fox Inc.</party-name>
</case-file-owner></case-file-owners><design-searches><design-search><code>030108</code></design-search>
</design-searches></case-file>"""


def cases(*bodies: str) -> str:
    inside = "".join(bodies)
    return f"<trademark-applications-daily><file-segments>{inside}</file-segments></trademark-applications-daily>"


def case(n: int = 1, *, registration: str = "5123456", status: str = "700") -> str:
    return CASE.format(n=n, registration=registration, status=status)


def written(folder: Path, text: str) -> Path:
    path = folder / "file.xml"
    path.write_text(text, encoding="utf-8")
    return path


def st66_text(**changes: str) -> str:
    return ST66.format(**{"status": "Registered", "nice": "11", "holder": "Kestrel Lantern Works"} | changes)


def test_st66_is_read_as_a_draft_with_all_it_says(tmp_path: Path) -> None:
    (record,) = st66.read(written(tmp_path, st66_text()), DEFAULTS)
    assert isinstance(record, Record)
    filing = record.filing
    assert (filing.number, filing.status, filing.right_expires_on) == ("EM018123456", "draft", date(2029, 9, 12))
    assert filing.holder is not None
    assert (filing.holder.name, filing.holder.country) == ("Kestrel Lantern Works", "NL")
    assert [(goods.nice_class, goods.text) for goods in filing.goods] == [(11, "Lanterns.")]  # 35 is a service
    (mark,) = filing.marks
    assert (mark.mark_id, mark.title, mark.feature) == ("em-018123456", "Kestrel Lantern", "combined")
    assert mark.vienna == ["13.01.01", "26.01.01"]
    assert [picture.file for picture in mark.pictures] == ["018123456.tif"]


def test_registrations_that_customs_approved_say_so(tmp_path: Path) -> None:
    (record,) = st66.read(written(tmp_path, st66_text()), APPROVED)
    assert isinstance(record, Record)
    assert (record.filing.status, record.filing.decided_on) == ("approved", date(2026, 3, 2))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "Registration cancelled"}, "status"),
        ({"nice": "46"}, "goods"),
        ({"nice": "eleven"}, "goods"),
        ({"nice": "36"}, "goods"),
        ({"holder": ""}, "holder"),
    ],
)
def test_what_cannot_be_filed_is_rejected_with_its_field(tmp_path: Path, changes: dict[str, str], field: str) -> None:
    (rejected,) = st66.read(written(tmp_path, st66_text(**changes)), DEFAULTS)
    assert isinstance(rejected, Rejected)
    assert (rejected.place, rejected.field) == ("TradeMark 1", field)
    assert rejected.reason


def test_st96_is_read_whatever_its_prefixes(tmp_path: Path) -> None:
    (record,) = st96.read(written(tmp_path, ST96), DEFAULTS)
    assert isinstance(record, Record)
    (mark,) = record.filing.marks
    assert record.filing.number == "JP6123456"
    assert (mark.title, mark.feature, mark.vienna) == ("figurative mark 6123456", "figurative", ["03.07.01"])
    assert mark.registered_on == date(2021, 5, 6)
    assert record.filing.holder is not None
    assert (record.filing.holder.name, record.filing.holder.country) == ("Falcon Boots KK", "JP")


def test_uspto_cases_name_their_present_owner_and_dead_ones_are_rejected(tmp_path: Path) -> None:
    text = cases(case(1), case(2, status="900"), case(3, status="710"), case(4, status="606"))
    first, *rest = uspto.read(written(tmp_path, text), DEFAULTS)
    assert isinstance(first, Record)
    assert first.filing.number == "US5123456"
    assert first.filing.holder is not None
    assert first.filing.holder.name == "Fox Inc."
    (mark,) = first.filing.marks
    assert (mark.title, mark.feature, mark.vienna) == ("HARBOUR FOX", "combined", ["03.01.08"])
    assert [picture.file for picture in mark.pictures] == ["87650001.jpg"]
    assert [(goods.nice_class, goods.text) for goods in first.filing.goods] == [(25, "Caps")]
    assert [one.field for one in rest if isinstance(one, Rejected)] == ["status"] * 3


def test_an_application_without_a_registration_is_a_draft_without_a_number(tmp_path: Path) -> None:
    (record,) = uspto.read(written(tmp_path, cases(case(1, registration="0000000", status="630"))), DEFAULTS)
    assert isinstance(record, Record)
    assert record.filing.number is None
    assert record.filing.marks[0].mark_id == "us-87650001"


OLD = """<case-file><serial-number>70011999</serial-number><registration-number>0011999</registration-number>
<case-file-header><status-code>800</status-code><mark-identification>MERLINA</mark-identification>
<mark-drawing-code>3T19</mark-drawing-code></case-file-header><case-file-statements><case-file-statement>
<type-code>GS0071</type-code><text>CORDS AND [ TWINES, ] ROPES</text></case-file-statement></case-file-statements>
<classifications><classification><international-code>022</international-code><us-code>007</us-code>
<primary-code>007</primary-code></classification></classifications><case-file-owners>
<case-file-owner><party-type>43</party-type><nationality><state>WA</state></nationality>
<party-name>MERLINA ROPES, INC.</party-name><state>WA</state></case-file-owner>
<case-file-owner><party-type>30</party-type><nationality><country>DE</country></nationality>
<party-name>MERLIN, M.</party-name></case-file-owner></case-file-owners></case-file>"""


def test_an_old_uspto_case_has_goods_in_a_class_of_its_own_and_the_country_of_its_owner(tmp_path: Path) -> None:
    (record,) = uspto.read(written(tmp_path, cases(OLD)), DEFAULTS)
    assert isinstance(record, Record)
    assert [(one.nice_class, one.text) for one in record.filing.goods] == [(22, "CORDS AND [ TWINES, ] ROPES")]
    assert record.filing.holder is not None
    assert (record.filing.holder.name, record.filing.holder.country) == ("MERLINA ROPES, INC.", "US")
    assert record.filing.marks[0].feature == "combined"


@pytest.mark.parametrize("status", ["600", "602", "614", "626", "712", "716", "900"])
def test_cases_that_ended_have_no_effect(status: str) -> None:
    assert uspto.dead(status)


LIVING = ["616", "630", "641", "681", "688", "700", "702", "715", "745", "778", "800", "819", "973", None, "x"]


@pytest.mark.parametrize("status", LIVING)
def test_cases_that_are_pending_or_live_have(status: str | None) -> None:
    assert uspto.dead(status) is None


OFFICES = """<Transaction xmlns="http://xx.tmview.europa.eu/trademark/data"><TradeMark{mark}>
<RegistrationOfficeCode>RO</RegistrationOfficeCode><ApplicationNumber>M 2012 00091</ApplicationNumber>
<RegistrationNumber>119999</RegistrationNumber><MarkFeature>{feature}</MarkFeature>
<WordMarkSpecification><MarkVerbalElementText languageCode="ro">MERLINA</MarkVerbalElementText></WordMarkSpecification>
<MarkImageDetails><MarkImage><MarkImageURI>{image}</MarkImageURI></MarkImage></MarkImageDetails>
<GoodsServicesDetails><ClassDescription><ClassNumber>03</ClassNumber></ClassDescription></GoodsServicesDetails>
<ApplicantDetails><Applicant operationCode="Delete"><ApplicantName><FullName>Old SA</FullName></ApplicantName>
</Applicant>
<Applicant><ApplicantName><FullName>Merlina SRL</FullName></ApplicantName></Applicant></ApplicantDetails>
</TradeMark></Transaction>"""


def test_st66_as_offices_write_it(tmp_path: Path) -> None:
    text = OFFICES.format(mark="", feature="Three dimensional", image="RO502020000037600.gif")
    (record,) = st66.read(written(tmp_path, text), DEFAULTS)
    assert isinstance(record, Record)
    assert record.filing.holder is not None
    assert record.filing.holder.name == "Merlina SRL"  # not the one that the file deletes
    (mark,) = record.filing.marks
    assert (mark.mark_id, mark.feature, mark.title) == ("ro-119999", "3d", "MERLINA")
    assert [picture.file for picture in mark.pictures] == ["RO502020000037600.gif"]
    assert [goods.nice_class for goods in record.filing.goods] == [3]


def test_st66_fetches_no_picture_and_enters_no_mark_that_is_deleted(tmp_path: Path) -> None:
    text = OFFICES.format(mark="", feature="Word", image="https://office.example/1.gif")
    (record,) = st66.read(written(tmp_path, text), DEFAULTS)
    assert isinstance(record, Record)
    assert record.filing.marks[0].pictures == []
    text = OFFICES.format(mark=' operationCode="Delete"', feature="Word", image="")
    (rejected,) = st66.read(written(tmp_path, text), DEFAULTS)
    assert isinstance(rejected, Rejected)
    assert rejected.field == "status"


GAZETTE = """<tmk:Transaction xmlns:tmk="http://www.wipo.int/standards/XMLSchema/Trademark/1"
 xmlns:com="http://www.wipo.int/standards/XMLSchema/Common/1"><tmk:Trademark>
<com:IPOfficeCode>US</com:IPOfficeCode>
<com:ApplicationNumber><com:ApplicationNumberText>99000001</com:ApplicationNumberText></com:ApplicationNumber>
<tmk:ApplicationDate>2026-03-27-04:00</tmk:ApplicationDate><tmk:MarkCurrentStatusCode>{status}</tmk:MarkCurrentStatusCode>
<tmk:MarkSignificantVerbalElementText>MERLINA ROCKET</tmk:MarkSignificantVerbalElementText>
<tmk:GoodsServicesClassificationBag>
<tmk:GoodsServicesClassification><tmk:ClassificationKindCode>Primary</tmk:ClassificationKindCode>
<tmk:ClassNumber>38</tmk:ClassNumber></tmk:GoodsServicesClassification>
<tmk:GoodsServicesClassification><tmk:ClassificationKindCode>Nice</tmk:ClassificationKindCode>
<tmk:ClassNumber>9</tmk:ClassNumber></tmk:GoodsServicesClassification>
<tmk:GoodsServicesClassification><tmk:ClassificationKindCode>National</tmk:ClassificationKindCode>
<tmk:NationalClassNumber>100</tmk:NationalClassNumber></tmk:GoodsServicesClassification>
</tmk:GoodsServicesClassificationBag>
<tmk:ApplicantBag><tmk:Applicant><com:LegalEntityName>Merlina Corp</com:LegalEntityName></tmk:Applicant>
</tmk:ApplicantBag>
</tmk:Trademark></tmk:Transaction>"""


def test_st96_as_a_gazette_has_it(tmp_path: Path) -> None:
    (record,) = st96.read(written(tmp_path, GAZETTE.format(status="681")), DEFAULTS)
    assert isinstance(record, Record)
    assert [goods.nice_class for goods in record.filing.goods] == [9]  # by the Nice classification alone
    assert record.filing.marks[0].filed_on == date(2026, 3, 27)
    assert record.filing.holder is not None
    assert record.filing.holder.name == "Merlina Corp"
    (rejected,) = st96.read(written(tmp_path, GAZETTE.format(status="602")), DEFAULTS)
    assert isinstance(rejected, Rejected)


@pytest.mark.parametrize(("text", "kind"), [(st66_text(), "st66"), (ST96, "st96"), (cases(case()), "uspto")])
def test_the_kind_is_found_out(tmp_path: Path, text: str, kind: str) -> None:
    assert format_of(written(tmp_path, text), "file.xml") == kind


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
HOSTILE = {
    "a document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x><case-file/></x>',
    "a file by an entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x><case-file>&e;</case-file></x>',
    "a billion laughs": LAUGHS + "]><x><case-file>&j;</case-file></x>",
    "too deep": "<x><case-file>" + "<a>" * 10_000 + "</a>" * 10_000 + "</case-file></x>",
    "too large": "<x><case-file>" + "a" * 9_000_000 + "</case-file></x>",
    "cut off": cases(case(1), case(2))[:-200],
    "no XML": "\0\1\2 nothing",
    "another root": "<html><body/></html>",
    "nothing": "",
    "a wrong encoding": '<?xml version="1.0" encoding="utf-99"?><x><case-file/></x>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HOSTILE[name])
    with pytest.raises(BadExchangeFile) as refused:
        list(uspto.read(path, DEFAULTS))
    assert refused.value.detail
    assert "root:" not in refused.value.detail


def test_what_came_before_a_break_was_read(tmp_path: Path) -> None:
    reader = uspto.read(written(tmp_path, HOSTILE["cut off"]), DEFAULTS)
    assert isinstance(next(reader), Record)
    with pytest.raises(BadExchangeFile, match="after 1 records"):
        list(reader)


def test_a_nesting_that_is_allowed_is_read(tmp_path: Path) -> None:
    deep = "<a>" * (DEEPEST - 3) + "</a>" * (DEEPEST - 3)
    assert len(list(records(written(tmp_path, f"<x><case-file>{deep}</case-file></x>"), "case-file"))) == 1


def test_a_large_file_is_read_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write("<trademark-applications-daily>")
        for n in range(30_000):
            file.write(case(n % 10_000))
        file.write("</trademark-applications-daily>")
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in records(path, "case-file")) == 30_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
