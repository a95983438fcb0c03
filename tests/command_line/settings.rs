//! The names of settings that a configuration may use are those that the components read.

#[test]
fn the_settings_that_are_known_are_those_that_are_read() {
    for (known, read) in [
        (lucarne_bundle::QUERY.settings, lucarne_router_query::SETTINGS),
        (lucarne_bundle::HTTP.settings, lucarne_cache_policy::SETTINGS),
    ] {
        assert_eq!(known, read);
    }
    // The world of image components has no settings to read.
    assert!(lucarne_bundle::IMAGE.settings.is_empty());
}
