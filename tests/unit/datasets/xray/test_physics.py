"""The X-ray physics against what can be computed by hand, by other libraries, or is known from tables."""

import numpy as np
import pytest
import xraydb

from datasets.xray.materials import MATERIALS, Material, by_formula, effective_number, mass_attenuation
from datasets.xray.scanners import HELD_OUT, SCANNERS, TRAINED, Response, monoenergetic, varied
from datasets.xray.scanning import arrived, scan, scattered, transmitted
from datasets.xray.tables import ENERGIES, attenuation, spectra


def slab(name: str, mm: float, shape: tuple[int, int] = (1, 1)) -> dict[str, np.ndarray]:
    return {name: np.full(shape, mm / 10 * MATERIALS[name].density, np.float32)}


@pytest.mark.parametrize("name", sorted(MATERIALS))
@pytest.mark.parametrize("energy", [20, 60, 100, 160])
def test_monoenergetic_slabs_follow_beer_and_lambert(name: str, energy: int) -> None:
    material = MATERIALS[name]
    table = {element: own[energy - 10] for element, own in attenuation().items()}
    mu = sum(share * table[element] for element, share in material.shares.items()) * material.density  # 1/cm
    for depth in (0.1, 1.0, 3.0):  # in attenuations
        seen = transmitted(monoenergetic(energy, 1e5), slab(name, depth / mu * 10), (1, 1)).signal[0, 0, 0]
        assert seen == pytest.approx(np.exp(-depth), rel=1e-3)  # the limit; float32 is far within


def test_materials_on_top_of_each_other_multiply() -> None:
    response = monoenergetic(80, 1e5)
    both = transmitted(response, slab("steel", 2) | slab("water", 30), (1, 1)).signal[0, 0, 0]
    each = [transmitted(response, one, (1, 1)).signal[0, 0, 0] for one in (slab("steel", 2), slab("water", 30))]
    assert both == pytest.approx(each[0] * each[1], rel=1e-5)


def test_the_attenuation_table_is_that_of_its_source() -> None:
    for element in ("C", "Fe", "Pb"):
        own = xraydb.mu_elam(element, ENERGIES * 1000.0)
        np.testing.assert_allclose(attenuation()[element], own, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "energy", "known"),  # NIST XCOM, cm2/g, read off its tables: another source than ours
    [
        ("water", 60, 0.2059),
        ("water", 100, 0.1707),
        ("aluminium", 60, 0.2778),
        ("copper", 100, 0.4584),
        ("lead", 100, 5.549),
    ],
)
def test_attenuation_is_that_of_xcom_within_two_percent(name: str, energy: int, known: float) -> None:
    assert mass_attenuation(name)[energy - 10] == pytest.approx(known, rel=0.02)


def test_polychromatic_transmission_is_the_integral() -> None:
    response = TRAINED[0].response()
    mu = mass_attenuation("aluminium") * MATERIALS["aluminium"].density
    light = response.photons * ENERGIES  # (2, 191)
    for mm in (1.0, 10.0, 40.0):
        expected = (light * np.exp(-mu * mm / 10)).sum(1) / light.sum(1)
        actual = transmitted(response, slab("aluminium", mm), (1, 1)).signal[:, 0, 0]
        np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_few_bins_are_nearly_as_true() -> None:
    for scanner in SCANNERS.values():
        full, few = scanner.response(), scanner.response().binned(20)
        for own in (slab("steel", 5), slab("water", 100), slab("aluminium", 10), slab("zamak", 2)):
            exact, near = (transmitted(one, own, (1, 1)).signal[:, 0, 0] for one in (full, few))
            np.testing.assert_allclose(near, exact, rtol=0.02)
        assert few.photons.sum() == pytest.approx(full.photons.sum(), rel=1e-9)


def test_beams_harden() -> None:
    response = TRAINED[0].response()
    thin, thick = (-np.log(transmitted(response, slab("steel", mm), (1, 1)).signal[1, 0, 0]) / mm for mm in (0.5, 20.0))
    assert thick < 0.75 * thin  # each further millimetre takes away less: the soft photons are gone


@pytest.mark.parametrize("quanta", [50.0, 400.0, 20_000.0])
def test_noise_is_poisson(quanta: float) -> None:
    response = monoenergetic(80, quanta)
    seen = transmitted(response, slab("water", 50, (300, 300)), (300, 300))
    drawn = arrived(np.random.default_rng(1), seen.signal[0], seen.variance[0])
    photons = quanta * float(seen.signal[0, 0, 0])
    assert drawn.mean() * quanta == pytest.approx(photons, rel=0.01)
    assert drawn.var() * quanta**2 == pytest.approx(photons, rel=0.03)  # of n photons the variance is n
    assert drawn.min() >= 0 or photons > 25


def test_energy_weighting_makes_more_noise_than_counting() -> None:
    response = TRAINED[0].response()
    seen = transmitted(response, {}, (1, 1))
    counting = 1 / response.photons.sum(1)
    assert (seen.variance[:, 0, 0] > counting).all()  # Swank (1973): a spread of signals adds noise
    assert (seen.variance[:, 0, 0] < 2 * counting).all()


def test_metal_differs_more_between_the_energies_than_plastic() -> None:
    for scanner in SCANNERS.values():
        ratios = []
        for name, mm in (("polyethylene", 40), ("aluminium", 15), ("steel", 2)):
            high, low = -np.log(transmitted(scanner.response(), slab(name, mm), (1, 1)).signal[:, 0, 0])
            ratios.append(low / high)
        assert ratios[0] > 1.05
        assert ratios[0] < ratios[1] - 0.1 < ratios[2] - 0.2


def test_scatter_adds_little_and_nothing_where_there_is_nothing() -> None:
    share = np.ones((200, 200), np.float32)
    assert not scattered(share, HELD_OUT).any()
    share[50:150, 50:150] = 0.3
    added = scattered(share, HELD_OUT)
    assert 0 < added[100, 100] < 0.05
    assert added[0, 0] < added[100, 100]


def test_a_scan_of_nothing_is_air_in_both_channels() -> None:
    raw = scan(np.random.default_rng(3), HELD_OUT, {}, (120, 160))
    for counts in (raw.high, raw.low):
        assert counts.dtype == np.uint16
        assert float(counts.mean()) == pytest.approx(raw.air, rel=0.002)
        assert 0 < counts.std() / counts.mean() < 0.02


def test_a_scan_is_made_by_its_seed() -> None:
    maps = slab("steel", 2, (60, 80))
    first, again, other = (scan(np.random.default_rng(seed), HELD_OUT, maps, (60, 80)) for seed in (1, 1, 2))
    assert np.array_equal(first.high, again.high)
    assert np.array_equal(first.low, again.low)
    assert not np.array_equal(first.high, other.high)


def test_the_held_out_scanner_is_no_trained_one() -> None:
    assert HELD_OUT not in TRAINED
    assert HELD_OUT.voltage not in {scanner.voltage for scanner in TRAINED}


def test_machines_of_a_kind_differ_but_not_by_much() -> None:
    rng = np.random.default_rng(2)
    made = [varied(rng, TRAINED[0]) for _ in range(50)]
    assert len({scanner.quanta for scanner in made}) == 50
    ratios = [transmitted(s.response(), slab("steel", 2), (1, 1)).signal[0, 0, 0] for s in made]
    assert 0.01 < np.std(ratios) / np.mean(ratios) < 0.2


def test_formulas_are_read() -> None:
    water = by_formula("H2O", 1.0, "organic")
    assert water.shares["O"] == pytest.approx(0.8881, abs=1e-3)
    for wrong in ("", "H2o!", "Xx2", "2H"):
        with pytest.raises(ValueError, match="formula|tabulated"):
            by_formula(wrong, 1.0, "organic")


def test_effective_numbers_are_the_textbooks() -> None:
    assert effective_number(MATERIALS["water"]) == pytest.approx(7.42, abs=0.02)
    assert effective_number(Material(shares={"Al": 1.0}, density=2.7, kind="metal")) == pytest.approx(13, abs=1e-6)


def test_tubes_emit_no_more_than_their_voltage() -> None:
    for voltage, photons in spectra().items():
        assert photons.sum() == pytest.approx(1, abs=1e-3)
        assert photons[int(voltage) - 10 + 1 :].sum() == 0 or voltage == "200"


def test_only_tabulated_energies_are_monoenergetic() -> None:
    with pytest.raises(ValueError, match="10 to 200"):
        monoenergetic(5, 1.0)
    assert isinstance(monoenergetic(60, 1.0), Response)
