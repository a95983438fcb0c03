//! What of a request selects among the responses of one target (RFC 9111 §4.1), evaluated natively.

use http::{HeaderMap, HeaderName};

use crate::cache::{CacheKey, KeyBuilder};
use crate::request::{Languages, accepted_encodings, accepted_image_formats, content_language, join_lines};

/// One selecting part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// A field's value: lines joined, whitespace around commas folded.
    Field(HeaderName),
    /// Accept-Encoding, reduced to which of br and gzip it takes.
    AcceptEncoding,
    /// Accept-Language in its one spelling, or the language that there is a response in and nothing is preferred to.
    AcceptLanguage,
    /// Accept, reduced to which of AVIF and WebP it takes.
    AcceptImage,
}

/// How the responses of a target are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selecting {
    selectors: Vec<Selector>,
    /// That of the target: one that was forgotten begins another, and what was stored in the one before is not found.
    epoch: u64,
    /// In which languages the origin has answered those who want nothing more, the first first.
    languages: Vec<String>,
}

/// Languages that are known of one target. More are not asked for by name: their requests are told apart by all that
/// they say.
const MOST_LANGUAGES: usize = 16;

impl Selecting {
    /// By these selectors, of which nothing is known yet.
    #[must_use]
    pub(super) fn new(selectors: &[Selector], epoch: u64) -> Self {
        Self { selectors: selectors.to_vec(), epoch, languages: Vec::new() }
    }

    /// As it was before; none if there is nothing that selects, or more than is ever learned.
    #[must_use]
    pub(super) fn recalled(selectors: Vec<Selector>, epoch: u64, languages: Vec<String>) -> Option<Self> {
        let possible = !selectors.is_empty() && languages.len() <= MOST_LANGUAGES;
        possible.then_some(Self { selectors, epoch, languages })
    }

    /// That of the target.
    #[must_use]
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The languages that are known.
    #[must_use]
    pub(super) fn languages(&self) -> &[String] {
        &self.languages
    }

    /// What selects.
    #[must_use]
    pub(super) fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// The key of the response that is chosen for a request with these fields.
    #[must_use]
    pub(super) fn key(&self, target: &CacheKey, fields: &HeaderMap) -> CacheKey {
        let key = KeyBuilder::within(target).part(self.epoch.to_le_bytes());
        self.selectors.iter().fold(key, |key, selector| self.add(selector, key, fields)).build()
    }

    /// The same after a request with these fields had this response. None where it says nothing new.
    ///
    /// RFC 9111 §4.1 lets requests match that mean the same; this goes one step further. An origin that answers in
    /// German whoever wants nothing more than German has its answer for all of them, whatever else they would take.
    /// Where it did otherwise once, the language is forgotten.
    #[must_use]
    pub(super) fn learned(&self, request: &HeaderMap, response: &HeaderMap) -> Option<Self> {
        if !self.selectors.contains(&Selector::AcceptLanguage) {
            return None;
        }
        let wanted = Languages::of(request);
        let language = content_language(response);
        let expected = self.most_wanted(&wanted);
        if expected.is_some() && expected == language.as_deref() {
            return None;
        }
        let mut languages = self.languages.clone();
        languages.retain(|known| Some(known.as_str()) != expected);
        if let Some(language) = language
            && wanted.most_want(&language)
            && !languages.contains(&language)
            && languages.len() < MOST_LANGUAGES
        {
            languages.push(language);
        }
        (languages != self.languages).then(|| Self { languages, ..self.clone() })
    }

    /// About how many bytes it takes.
    #[must_use]
    pub(super) fn weight(&self) -> usize {
        let languages: usize = self.languages.iter().map(|language| size_of::<String>() + language.len()).sum();
        size_of::<Self>() + self.selectors.len() * size_of::<Selector>() + languages
    }

    /// The first known language that nothing is preferred to.
    fn most_wanted(&self, wanted: &Languages) -> Option<&str> {
        self.languages.iter().map(String::as_str).find(|language| wanted.most_want(language))
    }

    fn add(&self, selector: &Selector, key: KeyBuilder, fields: &HeaderMap) -> KeyBuilder {
        match selector {
            Selector::Field(name) => {
                key.part(name.as_str()).optional(join_lines(fields, name).map(|value| folded(&value)))
            }
            Selector::AcceptEncoding => key.part("accept-encoding").part(accepted_encodings(fields)),
            Selector::AcceptImage => key.part("accept-image").part(accepted_image_formats(fields)),
            Selector::AcceptLanguage => {
                let wanted = Languages::of(fields);
                match self.most_wanted(&wanted) {
                    Some(language) => key.part("language").part(language),
                    None => key.part("accept-language").optional(wanted.canonical()),
                }
            }
        }
    }
}

/// A list's members without the whitespace around them: RFC 9111 §4.1 lets them compare equal.
fn folded(value: &[u8]) -> Vec<u8> {
    let members: Vec<&[u8]> = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).collect();
    members.join(&b","[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_LANGUAGE};

    fn fields(name: &HeaderName, lines: &[&'static str]) -> HeaderMap {
        let mut fields = HeaderMap::new();
        for line in lines {
            fields.append(name, HeaderValue::from_static(line));
        }
        fields
    }

    #[test]
    fn requests_that_mean_the_same_share_a_key() {
        use Selector::{AcceptEncoding, AcceptImage, AcceptLanguage, Field};
        let target = KeyBuilder::new("t").build();
        let foo = HeaderName::from_static("foo");
        type Lines = &'static [&'static str];
        let table: [(Selector, &HeaderName, Lines, Lines, bool); 19] = [
            (Field(foo.clone()), &foo, &["1,2"], &[" 1, 2 "], true),
            (Field(foo.clone()), &foo, &["1, 2"], &["1", "2"], true),
            (Field(foo.clone()), &foo, &["1, 2"], &["2, 1"], false),
            (Field(foo.clone()), &foo, &["a"], &["A"], false),
            (Field(foo.clone()), &foo, &[""], &[], false),
            (AcceptEncoding, &ACCEPT_ENCODING, &["gzip"], &["foo, gzip;q=0.3"], true),
            (AcceptEncoding, &ACCEPT_ENCODING, &["gzip"], &["gzip;q=0"], false),
            (AcceptEncoding, &ACCEPT_ENCODING, &[], &["gzip;q=foo,,"], true),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en, de"], &["de, en"], true),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en, de"], &["eN, De"], true),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en, de"], &[" en ,   de"], true),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en, de"], &["en", "de"], true),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en, de"], &["en, de;q=0.9"], false),
            (AcceptLanguage, &ACCEPT_LANGUAGE, &["en"], &[], false),
            (AcceptImage, &ACCEPT, &["image/avif,image/webp,*/*"], &["*/*;q=0.1, image/webp, image/AVIF;q=0.2"], true),
            (AcceptImage, &ACCEPT, &["image/webp"], &["image/avif;q=0, image/webp"], true),
            (AcceptImage, &ACCEPT, &["image/avif"], &["image/webp"], false),
            (AcceptImage, &ACCEPT, &["image/*"], &["*/*"], true),
            (AcceptImage, &ACCEPT, &["image/png"], &[], true),
        ];
        for (selector, name, one, other, same) in table {
            let selection = Selecting::new(&[selector], 0);
            let key = |lines| selection.key(&target, &fields(name, lines));
            assert_eq!(key(one) == key(other), same, "{name}: {one:?} and {other:?}");
        }
    }

    #[test]
    fn a_forgotten_target_shares_no_key_with_what_it_was() {
        let target = KeyBuilder::new("t").build();
        let key = |epoch| Selecting::new(&[Selector::AcceptImage], epoch).key(&target, &HeaderMap::new());
        assert_ne!(key(0), key(1));
    }

    #[test]
    fn a_response_in_one_language_answers_whoever_wants_nothing_more() {
        let target = KeyBuilder::new("t").build();
        let asked = |value| fields(&ACCEPT_LANGUAGE, &[value]);
        let answered = |value| fields(&CONTENT_LANGUAGE, &[value]);
        let unlearned = Selecting::new(&[Selector::AcceptLanguage], 0);
        let german = unlearned.learned(&asked("en, de"), &answered("de")).expect("something new");

        let key = |selecting: &Selecting, value| selecting.key(&target, &asked(value));
        let table = [
            ("fr;q=0.5, de;q=1.0", true),
            ("de", true),
            ("DE;q=0.7", true),
            ("de;q=0.5, fr", false),
            ("en", false),
            ("de-AT", false),
            ("*", false),
        ];
        for (value, same) in table {
            assert_eq!(key(&german, value) == key(&german, "en, de"), same, "{value}");
        }
        assert_eq!(key(&german, "en"), key(&unlearned, "en"), "what is learned moves no other request");
        assert_eq!(german.learned(&asked("de"), &answered("de")), None);
        assert_eq!(unlearned.learned(&asked("fr"), &answered("de")), None, "a fallback teaches nothing");
        assert_eq!(unlearned.learned(&asked("de, en"), &answered("de, en")), None);
        assert_eq!(Selecting::new(&[], 0).learned(&asked("de"), &answered("de")), None);

        let english = german.learned(&asked("de, en;q=0.5"), &answered("en")).expect("something new");
        assert_ne!(key(&english, "de"), key(&english, "de, en;q=0.5"), "the origin does not answer German with German");
    }
}
