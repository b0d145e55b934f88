//! The guess of how many states there will be, on the levels of real searches. The table in
//! docs/engine.md is `cargo test -p sim forecast -- --nocapture`.

#![expect(clippy::unreadable_literal, reason = "numbers as files have them")]

use sim::forecast::{Forecast, forecast};

/// Sizes of levels as checkpoints of these searches have them.
const SEARCHES: &[(&str, &[u64])] = &[
    (
        "proposal-2023-07-21 mixed",
        &[
            1, 4, 9, 16, 29, 58, 116, 214, 359, 558, 823, 1164, 1560, 1948, 2259, 2474, 2627, 2756,
            2871, 2997, 3173, 3387, 3540, 3554, 3425, 3233, 2986, 2659, 2304, 2023, 1887, 1898,
            2046, 2355, 2885, 3704, 4902, 6644, 9244, 13246, 19453, 28924, 43016, 63407, 91885,
            130306, 180582, 244564, 324077, 420616, 534936, 666675, 813900, 972698, 1137169,
            1299734, 1451852, 1585418, 1694104, 1773933, 1822916, 1840842, 1829060, 1789607,
            1725140, 1638953, 1533971, 1412658, 1278628, 1136826, 992051, 849238, 713488, 588357,
            476019, 378467, 296374, 228127, 171838, 126081, 89095, 59848, 38108, 23031, 13157,
            7204, 3886, 2023, 986, 445, 177, 55, 11, 1,
        ],
    ),
    (
        "pg18 mixed",
        &[
            1, 4, 9, 16, 29, 58, 117, 222, 393, 659, 1059, 1625, 2338, 3101, 3780, 4297, 4676,
            5003, 5375, 5891, 6674, 7782, 9138, 10569, 11942, 13250, 14462, 15462, 16050, 16172,
            15889, 15197, 14088, 12622, 10957, 9278, 7769, 6495, 5446, 4683, 4283, 4220, 4366,
            4579, 4752, 4855, 4937, 5068, 5309, 5727, 6431, 7578, 9322, 11757, 14896, 18664, 22895,
            27361, 31812, 35986, 39574, 42145, 43122, 41878, 37992, 31706, 24151, 16812, 10751,
            6385, 3618, 2011, 1084, 538, 226, 70, 13, 1,
        ],
    ),
    (
        "proposal-2023-07-21 two-walsenders",
        &[
            1, 3, 8, 21, 48, 100, 192, 341, 564, 879, 1287, 1760, 2254, 2714, 3080, 3302, 3365,
            3294, 3155, 3028, 2918, 2732, 2380, 1882, 1356, 927, 663, 556, 555, 616, 728, 899,
            1144, 1467, 1835, 2235, 2642, 2988, 3227, 3340, 3310, 3132, 2874, 2555, 2194, 1866,
            1544, 1262, 1030, 793, 600, 441, 302, 209, 138, 87, 58, 37, 24, 15, 6, 1,
        ],
    ),
    (
        "pg16 mixed-db",
        &[
            1, 4, 11, 25, 52, 103, 191, 326, 511, 749, 1036, 1352, 1651, 1904, 2152, 2480, 2977,
            3761, 4992, 6785, 9142, 12003, 15188, 18449, 21580, 24415, 26825, 28587, 29480, 29435,
            28538, 26841, 24458, 21655, 18745, 16065, 13891, 12477, 11984, 12319, 13391, 15180,
            17646, 20730, 24388, 28613, 33357, 38452, 43603, 48386, 52424, 55479, 57411, 58075,
            57155, 54437, 50137, 44483, 37620, 30140, 22810, 16133, 10615, 6525, 3666, 1842, 836,
            311, 71, 6,
        ],
    ),
    (
        "pg17 busy",
        &[
            1, 4, 9, 18, 38, 80, 150, 249, 390, 595, 870, 1209, 1566, 1870, 2056, 2046, 1811, 1422,
            1008, 686, 490, 375, 295, 215, 128, 90, 52, 32, 24, 19, 15, 14, 14, 14, 14, 13, 10, 6,
            3, 1,
        ],
    ),
];

/// The guess when `percent` of the states are expanded, in percent of the truth.
fn told(sizes: &[u64], percent: u64) -> String {
    let truth: u64 = sizes.iter().sum();
    let mut expanded = 0;
    let mut levels = 0;
    while expanded * 100 < truth * percent {
        expanded += sizes[levels];
        levels += 1;
    }
    match forecast(&sizes[..=levels]) {
        Forecast::Unknown => "too early".to_owned(),
        Forecast::Growing => "still growing".to_owned(),
        Forecast::Total {
            least,
            likely,
            most,
            ebbing,
        } => {
            let percent = |n: u64| match n {
                u64::MAX => "?".to_owned(),
                n => (n * 100 / truth).to_string(),
            };
            let sure = if ebbing { ", sure" } else { "" };
            format!(
                "{} ({}-{}){sure}",
                percent(likely),
                percent(least),
                percent(most)
            )
        }
    }
}

#[test]
fn a_guess_that_is_called_sure_is_right() {
    println!("| search | states | at 25 % | at 50 % | at 75 % | at 90 % | at 98 % |");
    println!("|---|---|---|---|---|---|---|");
    for (name, sizes) in SEARCHES {
        let truth: u64 = sizes.iter().sum();
        let at = [25, 50, 75, 90, 98].map(|percent| told(sizes, percent));
        println!("| {name} | {truth} | {} |", at.join(" | "));
        for n in 1..=sizes.len() {
            let guess = forecast(&sizes[..n]);
            if let Forecast::Total {
                likely,
                ebbing: true,
                ..
            } = guess
            {
                let off = likely.abs_diff(truth) * 100 / truth;
                assert!(off <= 10, "{name}, level {n}: {guess:?}, in truth {truth}");
            }
        }
    }
}
