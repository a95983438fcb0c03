//! From planes to a file.
