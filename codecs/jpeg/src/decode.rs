//! From a file to planes.
