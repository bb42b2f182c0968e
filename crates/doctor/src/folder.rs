//! The space for files.

use std::path::Path;

use nix::sys::statvfs::statvfs;

use crate::Problem;

/// What is wrong with the folder that files are written to.
#[must_use]
pub fn judge(folder: &Path) -> Option<Problem> {
    let Ok(found) = statvfs(folder) else { return Some(Problem::NoFolder) };
    let bytes = found.blocks_available().saturating_mul(found.fragment_size());
    of(bytes / (1 << 20))
}

fn of(mebibytes: u64) -> Option<Problem> {
    (mebibytes < MEBIBYTES_ENOUGH).then_some(Problem::Space { mebibytes })
}

/// With less, somebody should make room: a whole insurer's files of a month are a fraction of this.
const MEBIBYTES_ENOUGH: u64 = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    #[test]
    fn little_space_is_a_warning_and_none_a_failure() {
        assert_eq!(of(MEBIBYTES_ENOUGH), None);
        assert_eq!(of(1000).unwrap().state(), State::Warn);
        assert_eq!(of(10).unwrap().state(), State::Fail);
        assert_eq!(judge(Path::new("/there/is/no/such/folder")), Some(Problem::NoFolder));
    }
}
