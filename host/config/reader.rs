//! Reads tables key by key and notes every problem with its place, instead of stopping at the first.
//!
//! A [`Section`] is one table. Whoever reads it asks for each key that it knows; what is left over is unknown. It does
//! not know what any key means: [`units`](super::units) reads values, the sections' own files know their keys.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::problem::{Problem, Problems};

/// One table of the file, or the lack of it: a table that is not there reads as one without keys.
pub(super) struct Section<'d> {
    document: &'d Document<'d>,
    /// The table's own key path; empty for the top of the file.
    path: String,
    /// Byte offset at which a missing key is reported.
    place: usize,
    table: Option<&'d DeTable<'d>>,
    asked: BTreeSet<&'static str>,
}

/// The text, for line numbers, and the problems found so far.
struct Document<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

/// Reads `text` with `read`, which must return something usable whatever the file holds: it is dropped if there was a
/// problem. Text that is not TOML is one problem, since what follows a syntax error cannot be trusted.
pub(super) fn read_document<T>(text: &str, read: impl FnOnce(&mut Section<'_>) -> T) -> Result<T, Problems> {
    let document = Document { text, problems: RefCell::default() };
    let table = DeTable::parse(text).map_err(|error| Problem {
        line: document.line(error.span().map_or(0, |span| span.start)),
        key: String::new(),
        message: error.message().replace(char::is_control, " "),
    })?;
    let root = Section::new(&document, String::new(), 0, Some(table.get_ref()));
    let value = root.read(read);
    match Problems::collect(document.problems.into_inner()) {
        None => Ok(value),
        Some(problems) => Err(problems),
    }
}

/// Returns the candidate that was probably meant by `word`.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // One slip in a short word, a third of the letters in a long one.
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Says what was meant, or else what there is.
pub(super) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str> + Clone) -> String {
    match nearest(word, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => match candidates.into_iter().collect::<Vec<_>>().as_slice() {
            [] => "there are none".to_owned(),
            [only] => format!("there is only {only}"),
            all => format!("there are {}", all.join(", ")),
        },
    }
}

impl<'d> Section<'d> {
    fn new(document: &'d Document<'d>, path: String, place: usize, table: Option<&'d DeTable<'d>>) -> Self {
        Self { document, path, place, table, asked: BTreeSet::new() }
    }

    /// The value of `key` if it is there and `read` accepts it. `read` fails with the end of a sentence that begins
    /// with the value: `is not a size`.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.ask(key)?;
        self.accept(&self.path_of(key), value, read)
    }

    /// The items of the list `key` that `read` accepts; `None` where there is no such list.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let value = self.ask(key)?;
        let path = self.path_of(key);
        let Some(items) = value.get_ref().as_array() else {
            self.report(value.span().start, path, format!("{} is not a list", shown(value.get_ref())));
            return None;
        };
        Some(items.iter().filter_map(|item| self.accept(&path, item, &mut read)).collect())
    }

    /// Reads the table `key`, as an empty one where it is not there.
    pub(super) fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'d>) -> T) -> T {
        let path = self.path_of(key);
        let section = match self.ask(key) {
            Some(value) => self.section(path, self.place_of(key), value),
            None => Self::new(self.document, path, self.place, None),
        };
        section.read(read)
    }

    /// Reads each table of the list `key`, written as `[[key]]`. `None` where it is something else.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'d>) -> T,
    ) -> Option<Vec<T>> {
        let Some(value) = self.ask(key) else { return Some(Vec::new()) };
        let path = self.path_of(key);
        let Some(items) = value.get_ref().as_array() else {
            let message = format!("{} is not a list of tables; write [[{key}]]", shown(value.get_ref()));
            self.report(value.span().start, path, message);
            return None;
        };
        let section = |(index, item): (usize, &'d Spanned<_>)| {
            self.section(format!("{path}[{index}]"), item.span().start, item).read(&mut read)
        };
        Some(items.iter().enumerate().map(section).collect())
    }

    /// Reads each table in the table `key`, written as `[key.NAME]`.
    pub(super) fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&str, &mut Section<'d>) -> T,
    ) -> BTreeMap<String, T> {
        self.table(key, |section| {
            let Some(table) = section.table else { return BTreeMap::new() };
            let mut entries = BTreeMap::new();
            for (name, value) in table {
                let name = name_of(name);
                let inner = section.section(section.path_of(name), section.place_of(name), value);
                entries.insert(name.to_owned(), inner.read(|inner| read(name, inner)));
            }
            section.table = None; // Every key of it was a name.
            entries
        })
    }

    /// The values in the table `key`, whose names are the file's own; or one of `names`, where that is given.
    pub(super) fn map<T>(
        &mut self,
        key: &'static str,
        names: Option<&[&'static str]>,
        mut read: impl FnMut(&DeValue<'_>) -> Result<T, String>,
    ) -> BTreeMap<String, T> {
        self.table(key, |section| {
            section.asked.extend(names.into_iter().flatten());
            let Some(table) = section.table else { return BTreeMap::new() };
            let mut entries = BTreeMap::new();
            for (name, value) in table {
                let name = name_of(name);
                if names.is_none_or(|names| names.contains(&name))
                    && let Some(value) = section.accept(&section.path_of(name), value, &mut read)
                {
                    entries.insert(name.to_owned(), value);
                }
            }
            if names.is_none() {
                section.table = None;
            }
            entries
        })
    }

    /// Whether the file has `key` here.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether `key` is a list without items.
    pub(super) fn is_empty_list(&self, key: &str) -> bool {
        self.get(key).and_then(|value| value.get_ref().as_array()).is_some_and(|items| items.is_empty())
    }

    /// Notes a problem with `key`: at its value, or at the table where it is missing.
    pub(super) fn problem(&self, key: &str, message: impl Into<String>) {
        let place = self.get(key).map_or(self.place, |value| value.span().start);
        self.report(place, self.path_of(key), message.into());
    }

    /// Notes a problem with the table itself.
    pub(super) fn own_problem(&self, message: impl Into<String>) {
        self.report(self.place, self.path.clone(), message.into());
    }

    /// Runs `read`, then notes each key that it did not ask for.
    fn read<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let value = read(&mut self);
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            let name = name_of(key);
            if !self.asked.contains(name) {
                let message = format!("unknown key; {}", did_you_mean(name, self.asked.iter().copied()));
                self.report(key.span().start, self.path_of(name), message);
            }
        }
        value
    }

    fn ask(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.insert(key);
        self.get(key)
    }

    fn get(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.table?.get(key)
    }

    fn accept<T>(
        &self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        read(value.get_ref())
            .map_err(|end| {
                let message = format!("{} {end}", shown(value.get_ref()));
                self.report(value.span().start, path.to_owned(), message);
            })
            .ok()
    }

    fn section(&self, path: String, place: usize, value: &'d Spanned<DeValue<'d>>) -> Section<'d> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.report(value.span().start, path.clone(), format!("{} is not a table", shown(value.get_ref())));
        }
        Self::new(self.document, path, place, table)
    }

    fn place_of(&self, key: &str) -> usize {
        self.table.and_then(|table| table.get_key_value(key)).map_or(self.place, |(key, _)| key.span().start)
    }

    fn path_of(&self, key: &str) -> String {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let key = if bare { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    fn report(&self, place: usize, key: String, message: String) {
        let line = self.document.line(place);
        self.document.problems.borrow_mut().push(Problem { line, key, message });
    }
}

impl Document<'_> {
    fn line(&self, place: usize) -> usize {
        1 + self.text.bytes().take(place).filter(|byte| *byte == b'\n').count()
    }
}

fn name_of<'k>(key: &'k Spanned<DeString<'_>>) -> &'k str {
    key.get_ref()
}

/// A value as a problem quotes it: on one line, cut where it is long.
fn shown(value: &DeValue<'_>) -> String {
    const LONGEST: usize = 60;
    match value {
        DeValue::String(text) if text.chars().count() > LONGEST => {
            format!("{:?}…", text.chars().take(LONGEST).collect::<String>())
        }
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(instant) => instant.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
