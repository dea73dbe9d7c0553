//! The first page of the admin, and the desk of hosts: where to go from here.

pub mod pages;
