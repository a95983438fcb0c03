//! What counts after which order of listings, writes, removals and evictions.

use super::*;

const FIRST: Generation = Generation::first(2);
const MIB: u64 = 1 << 20;

fn hash(number: u8) -> KeyHash {
    KeyHash([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number])
}

fn file(number: u8, generation: u64) -> FileName {
    FileName { hash: hash(number), generation: Generation(generation), blocks: Blocks(2) }
}

/// Lists the folder of all files here; returns what has to be deleted.
fn list(index: &mut Index, files: &[FileName]) -> Vec<FileName> {
    let listing = index.list(hash(0).leaf()).unwrap();
    let (doomed, evicted) = index.merge(listing, files).unwrap();
    assert!(evicted.is_empty());
    index.finish(listing);
    doomed
}

/// An index of a folder that was listed, with these files of an earlier process.
fn listed(files: &[FileName]) -> Index {
    let mut index = Index::new(FIRST, MIB);
    assert_eq!(list(&mut index, files), []);
    index
}

fn written(index: &mut Index, number: u8) -> FileName {
    let fenced = index.fence(hash(number));
    let name = FileName { generation: fenced.generation, ..file(number, 0) };
    assert!(index.reserve(name.blocks).unwrap().is_empty());
    assert!(index.publish(&name).unwrap().is_empty());
    index.settle(name.hash);
    name
}

fn files(fenced: &[Fenced]) -> Vec<FileName> {
    fenced.iter().filter_map(|fenced| fenced.old).collect()
}

#[test]
fn a_listing_finds_the_newest_generation_and_the_older_ones_go() {
    let mut index = Index::new(FIRST, MIB);
    assert_eq!(index.find(hash(1)), Known::Unlisted);
    assert_eq!(list(&mut index, &[file(1, 5), file(1, 7), file(1, 6)]), [file(1, 5), file(1, 6)]);
    assert_eq!(index.find(hash(1)), Known::File(file(1, 7)));
    assert_eq!(index.budget().used(), Blocks(2).bytes());
}

#[test]
fn what_was_removed_before_its_folder_was_listed_is_not_found_by_the_listing() {
    for removed_first in [true, false] {
        let mut index = Index::new(FIRST, MIB);
        let mut removed = removed_first.then(|| index.fence(hash(1)));
        let listing = index.list(hash(0).leaf()).unwrap();
        removed = removed.or_else(|| Some(index.fence(hash(1))));
        index.settle(removed.unwrap().hash);
        assert_eq!(index.merge(listing, &[file(1, 5)]).unwrap().0, [file(1, 5)]);
        assert_eq!(index.find(hash(1)), Known::Unlisted, "the file is still there");
        index.finish(listing);
        assert_eq!(index.find(hash(1)), Known::Absent);
    }
}

#[test]
fn a_file_that_could_not_be_unlinked_never_counts_again() {
    let mut index = listed(&[file(1, 5)]);
    index.distrust(hash(1).leaf());
    let before = index.list(hash(1).leaf()).unwrap();
    assert_eq!(index.fence(hash(1)).old, Some(file(1, 5)));
    index.distrust(hash(1).leaf());
    index.settle(hash(1));
    assert!(index.merge(before, &[file(1, 5)]).is_none(), "a listing from before says nothing");
    for _ in 0..3 {
        let listing = index.list(hash(1).leaf()).unwrap();
        assert_eq!(index.merge(listing, &[file(1, 5)]).unwrap().0, [file(1, 5)]);
    }
}

#[test]
fn a_write_that_a_removal_overtook_is_not_published() {
    let mut index = listed(&[]);
    let write = index.fence(hash(1));
    let name = FileName { generation: write.generation, ..file(1, 0) };
    let removal = index.fence(hash(1));
    assert!(!index.is_wanted(hash(1), write.generation));
    assert!(index.publish(&name).is_none());
    index.settle(removal.hash);
    assert!(index.publish(&name).is_none(), "the fence stays while the write goes on");
    index.settle(write.hash);
    assert_eq!(index.find(hash(1)), Known::Absent);
    assert!(index.fence_if_known(hash(1)).is_none());
}

#[test]
fn a_removal_is_told_of_the_file_that_a_write_or_an_eviction_has_still_to_unlink() {
    let mut index = listed(&[file(1, 5), file(2, 5)]);
    let write = index.fence(hash(1));
    assert_eq!(index.fence_if_known(hash(1)).unwrap().old, write.old);
    assert_eq!(write.old, Some(file(1, 5)));
    let evicted = index.reserve(Blocks(255)).unwrap();
    assert_eq!(files(&evicted), [file(2, 5)]);
    assert_eq!(index.fence_if_known(hash(2)).unwrap().old, Some(file(2, 5)));
}

#[test]
fn a_listing_leaves_alone_what_is_written_meanwhile() {
    let mut index = listed(&[]);
    index.distrust(hash(0).leaf());
    let write = index.fence(hash(1));
    let name = FileName { generation: write.generation, ..file(1, 0) };
    let done = written(&mut index, 2);
    assert_eq!(list(&mut index, &[name, done]), []);
    assert_eq!(index.find(hash(2)), Known::File(done));
    assert!(index.publish(&name).is_some());
}

#[test]
fn the_least_recently_used_go_and_what_only_a_listing_found_before_them() {
    let mut index = Index::new(FIRST, Blocks(8).bytes());
    index.most = 100;
    list(&mut index, &[file(1, 5), file(2, 5)]);
    let third = written(&mut index, 3);
    let fourth = written(&mut index, 4);
    index.find(hash(1));
    assert_eq!(files(&index.reserve(Blocks(2)).unwrap()), [file(2, 5)]);
    assert_eq!(files(&index.reserve(Blocks(3)).unwrap()), [third, fourth]);
    assert!(index.reserve(Blocks(9)).is_err());
    assert_eq!(index.budget().used(), Blocks(5).bytes());
}

/// Fault 94.
#[test]
fn the_number_of_files_is_bounded_too() {
    let mut index = listed(&[]);
    for number in 0..=u8::MAX {
        let name = FileName { generation: index.fence(hash(number)).generation, ..file(number, 0) };
        let _ = (index.reserve(name.blocks).unwrap(), index.publish(&name).unwrap());
    }
    assert_eq!(u64::try_from(index.len()).unwrap(), MIB / BYTES_PER_ENTRY);
}

#[test]
fn fences_that_wait_are_bounded_and_beyond_that_nothing_counts() {
    let mut index = Index::new(FIRST, MIB);
    for number in 0..u128::try_from(2 * FENCES).unwrap() {
        let fenced = index.fence(KeyHash((number << 64).to_be_bytes()));
        index.settle(fenced.hash);
        assert!(index.idle <= FENCES);
    }
    assert_eq!(list(&mut index, &[file(200, 5)]), [file(200, 5)]);
}
