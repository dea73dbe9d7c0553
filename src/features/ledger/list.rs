//! The list of erasures beside the database: a file in the data folder to which lines are only ever added. It holds the
//! moment, a word and addresses, never a name and never content. After a restore it says what an older copy must forget again.
//! A line is `<milliseconds> <word> <subject> <group or -> <writer or -> .`; earlier versions wrote the first three only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::federation::objects::Erasure;

/// Its name in the data folder.
const FILE: &str = "erasures.log";

fn place(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Adds lines. They are on disk when this returns.
pub(super) fn append(folder: &Path, lines: &[Erasure]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = place(folder);
    let fresh = !path.exists();
    let mut text = String::new();
    // A line that a crash cut off stays alone on its own.
    if !fresh && !ends_whole(&path)? {
        text.push('\n');
    }
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    text.extend(lines.iter().map(|line| {
        let (group, writer) = (or_none(&line.group_uri), or_none(&line.writer_uri));
        format!("{} {} {} {group} {writer} .\n", line.at, line.kind, line.subject)
    }));
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if fresh { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn ends_whole(path: &Path) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// All lines, in order; none when there is no file. What is no line of ours is passed over.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read(folder: &Path) -> io::Result<Vec<Erasure>> {
    Ok(lines(folder)?.into_iter().map(|(line, _)| line).collect())
}

/// The lines that say themselves that they are whole: none of an earlier version, and none that a crash has cut off.
///
/// # Errors
/// As [`read`].
pub fn read_whole(folder: &Path) -> io::Result<Vec<Erasure>> {
    Ok(lines(folder)?.into_iter().filter_map(|(line, whole)| whole.then_some(line)).collect())
}

fn lines(folder: &Path) -> io::Result<Vec<(Erasure, bool)>> {
    match fs::read_to_string(place(folder)) {
        Ok(text) => Ok(text.lines().filter_map(parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn parse(line: &str) -> Option<(Erasure, bool)> {
    let parts: Vec<&str> = line.split(' ').collect();
    let (at, kind, subject) = (parts.first()?.parse().ok()?, *parts.get(1)?, *parts.get(2)?);
    let whole = parts.len() == 6 && parts[5] == ".";
    let part = |at: usize| if whole && parts[at] != "-" { parts[at].to_owned() } else { String::new() };
    let line = Erasure { kind: kind.to_owned(), subject: subject.to_owned(), at, group_uri: part(3), writer_uri: part(4) };
    (!line.subject.is_empty()).then_some((line, whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::database::TempFolder;

    fn line(at: i64, subject: &str) -> Erasure {
        Erasure { kind: "object".to_owned(), subject: subject.to_owned(), at, group_uri: String::new(), writer_uri: String::new() }
    }

    #[test]
    fn lines_are_added_and_a_cut_one_harms_no_other() {
        let folder = TempFolder::new().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Vec::new());
        append(folder.path(), &[line(1, "https://a.example/o/1")]).unwrap();
        let mut file = OpenOptions::new().append(true).open(place(folder.path())).unwrap();
        file.write_all(b"2 obj").unwrap();
        append(folder.path(), &[line(3, "https://a.example/o/3")]).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!(found, [line(1, "https://a.example/o/1"), line(3, "https://a.example/o/3")]);
    }

    #[test]
    fn lines_of_an_earlier_version_are_read_and_only_whole_ones_call_themselves_whole() {
        let folder = TempFolder::new().unwrap();
        let full = Erasure {
            group_uri: "https://b.example/g/1".to_owned(),
            writer_uri: "https://a.example/p/1".to_owned(),
            ..line(2, "https://a.example/o/2")
        };
        std::fs::write(place(folder.path()), "1 object https://a.example/o/1\n3 object https://a.example/o/3 https://b.exam\n").unwrap();
        append(folder.path(), &[full.clone(), line(4, "x")]).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!(found, [line(1, "https://a.example/o/1"), line(3, "https://a.example/o/3"), full.clone(), line(4, "x")]);
        assert_eq!(read_whole(folder.path()).unwrap(), [full, line(4, "x")]);
    }
}
