//! Against values of `SciPy` 1.17.1 (`scipy.special`, `scipy.stats`).

use super::*;

fn close(found: f64, wanted: f64, relative: f64) {
    assert!((found - wanted).abs() <= relative * wanted.abs().max(1e-3), "{found} is not {wanted}");
}

#[test]
fn hypergeometric_function_equals_scipy_on_both_branches() {
    for ((a, b, c, z), wanted) in [
        ((0.3, 1.2, 2.5, 0.1), 1.015_022_589_220_537_8),
        ((2.2, 4.4, 5.2, 0.5), 3.513_878_063_994_459_6),
        ((0.24, 2.4, 2.2, 0.95), 2.407_598_720_771_707),
        ((5.0, 0.8, 6.0, 0.99), 7.385_255_715_538_211),
        ((1.5, -0.2, 3.1, 0.999), 0.853_982_021_428_902_2),
        ((-0.3, -0.2, 0.4, 0.7), 1.127_340_224_490_220_2),
        ((0.5, 1.0, 2.5, 0.93), 1.378_190_988_150_012_7),
    ] {
        close(hyp2f1(a, b, c, z), wanted, 1e-11);
    }
}

#[test]
fn the_turned_series_equals_the_series() {
    for z in [0.91, 0.95, 0.99] {
        close(hyp2f1(0.7, 1.3, 2.35, z), series(0.7, 1.3, 2.35, z), 1e-11);
    }
}

#[test]
fn digamma_equals_scipy() {
    for (x, wanted) in [
        (0.01, -100.560_885_457_868_68),
        (0.2426, -4.358_361_853_222_514),
        (1.0, -0.577_215_664_901_532_9),
        (3.7, 1.167_153_539_361_511_3),
        (25.0, 3.198_742_512_851_974),
        (1000.0, 6.907_255_195_648_812),
    ] {
        close(digamma(x), wanted, 1e-13);
    }
}

#[test]
fn normal_quantile_equals_scipy() {
    for (p, wanted) in [
        (1e-10, -6.361_340_902_404_056),
        (0.001, -3.090_232_306_167_813),
        (0.025, -1.959_963_984_540_054_5),
        (0.5, 0.0),
        (0.8, 0.841_621_233_572_914_3),
        (0.999_999, 4.753_424_308_817_087),
    ] {
        close(normal_quantile(p), wanted, 1e-10);
    }
}

#[test]
fn student_quantile_equals_scipy() {
    for (p, degrees, wanted) in [
        (0.975, 178.0, 1.973_380_888_548_823_8),
        (0.975, 1.0, 12.706_204_736_174_694),
        (0.975, 2.0, 4.302_652_729_749_462),
        (0.9, 5.0, 1.475_884_048_824_481_5),
        (0.005, 30.0, -2.749_995_653_567_225_4),
    ] {
        close(student_quantile(p, degrees), wanted, 1e-10);
    }
}
