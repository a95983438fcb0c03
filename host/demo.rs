//! The built-in demo: a few pictures, and a gallery page that asks the node for them in many forms.
//!
//! These are plain files for a memory upstream. What a URL means, and what is cached, the demo leaves to the site that
//! serves them; the page and the hints speak the grammar of the `query` router. `demo/PROVENANCE.md` says where the
//! pictures come from.

use crate::upstream::MemoryFile;

/// The page and its pictures.
pub static FILES: &[MemoryFile] = &[
    MemoryFile {
        path: "index.html",
        content_type: "text/html; charset=utf-8",
        bytes: include_bytes!("demo/index.html"),
    },
    MemoryFile { path: "coffee.png", content_type: "image/png", bytes: include_bytes!("demo/coffee.png") },
    MemoryFile { path: "rocket.jpg", content_type: "image/jpeg", bytes: include_bytes!("demo/rocket.jpg") },
    // Stored on its side, with the EXIF orientation that turns it upright.
    MemoryFile { path: "chelsea.jpg", content_type: "image/jpeg", bytes: include_bytes!("demo/chelsea.jpg") },
    // Transparent around the roof, and half transparent in the panes.
    MemoryFile { path: "lucarne.png", content_type: "image/png", bytes: include_bytes!("demo/lucarne.png") },
];

/// What to look at first, as lines for a terminal. `origin` is that of the site, without a slash at its end:
/// `http://127.0.0.1:8080`.
#[must_use]
pub fn hints(origin: &str) -> String {
    format!(
        "\
The gallery is at {origin}/

A picture, made; asked for again, it comes from the cache:
  curl -sI '{origin}/coffee.png?width=320&format=webp'

The client's Accept decides, and Vary says so:
  curl -sI -H 'Accept: image/webp' '{origin}/lucarne.png?width=320&format=auto'

The first hundred bytes:
  curl -s -D - -o /dev/null -H 'Range: bytes=0-99' '{origin}/rocket.jpg?width=640'

A mistake, and what would be right:
  curl -si '{origin}/coffee.png?width=banana'
"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of pictures in a text, as they stand in its URLs.
    fn pictures_named_in(text: &str) -> BTreeSet<&str> {
        let in_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
        let is_picture = |name: &&str| [".jpg", ".png", ".webp"].iter().any(|ending| name.ends_with(ending));
        text.split(|character| !in_name(character)).filter(is_picture).collect()
    }

    fn paths() -> BTreeSet<&'static str> {
        FILES.iter().map(|file| file.path).collect()
    }

    #[test]
    fn every_file_has_content_and_a_path_of_its_own() {
        for file in FILES {
            assert!(!file.bytes.is_empty(), "{}", file.path);
            assert!(!file.path.starts_with('/'), "{}", file.path);
        }
        assert_eq!(paths().len(), FILES.len());
    }

    #[test]
    fn gallery_shows_the_pictures_that_there_are_and_no_others() {
        let page = std::str::from_utf8(include_bytes!("demo/index.html")).unwrap();
        let mut shown = pictures_named_in(page);
        assert!(shown.insert("index.html"));
        assert_eq!(shown, paths());
    }

    #[test]
    fn hints_lead_to_the_origin_and_name_pictures_that_there_are() {
        let hints = hints("http://127.0.0.1:8080");
        assert!(hints.contains("http://127.0.0.1:8080/\n"), "{hints}");
        assert_eq!(hints.matches("'http://127.0.0.1:8080/").count(), hints.matches("curl ").count(), "{hints}");
        assert!(pictures_named_in(&hints).is_subset(&paths()), "{hints}");
    }

    /// They are in every program, and a clone of the repository has them all.
    #[test]
    fn files_stay_small() {
        let bytes: usize = FILES.iter().map(|file| file.bytes.len()).sum();
        assert!(bytes <= 1_600_000, "{bytes}");
    }
}
