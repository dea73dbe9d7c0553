//! The rules of reading and writing, as tables.
