//! Editing Help now: the lines with the date of their last test call, the house's own door, and when peers answer.

pub mod pages;
