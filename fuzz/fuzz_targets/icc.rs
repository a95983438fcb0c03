//! Any profile is refused or maps every colour, and an all-inks, all-channels or all-grey pixel to the same each time.
//!
//! The first byte chooses what the picture's samples are, what follows is the profile.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_image::colour::{Model, Space, Transform};

fuzz_target!(|data: &[u8]| {
    let Some((choice, profile)) = data.split_first() else { return };
    let model = [Model::Rgb, Model::Grey, Model::Cmyk][usize::from(*choice) % 3];
    let Ok(Some(transform)) = Transform::for_source(&Space::Icc(profile.into()), model) else { return };
    let all: Vec<u8> = (0..=255).collect();
    match model {
        Model::Grey => {
            let mut samples = all.repeat(2);
            transform.grey::<1>(&mut samples);
            assert_eq!(samples[..256], samples[256..]);
        }
        Model::Rgb => {
            let mut samples = all.repeat(6);
            transform.rgb::<3>(&mut samples);
            assert_eq!(samples[..768], samples[768..]);
        }
        Model::Cmyk => {
            let inks: Vec<_> = all.iter().map(|&level| [level, 255 - level, level / 2, level / 3]).collect();
            let (mut once, mut again) = ([[0; 3]; 256], [[0; 3]; 256]);
            transform.inks(&inks, &mut once);
            transform.inks(&inks, &mut again);
            assert_eq!(once, again);
        }
    }
});
