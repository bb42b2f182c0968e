//! Which characters of two texts to mark because the other has none like them.

/// The places in each text that are not part of a longest common sequence, from 0.
pub(crate) fn differing(asked: &str, known: &str) -> (Vec<usize>, Vec<usize>) {
    let (asked, known): (Vec<char>, Vec<char>) = (asked.chars().collect(), known.chars().collect());
    let front = asked.iter().zip(&known).take_while(|(asked, known)| asked == known).count();
    let (asked_rest, known_rest) = (asked.get(front..).unwrap_or_default(), known.get(front..).unwrap_or_default());
    let back = asked_rest.iter().rev().zip(known_rest.iter().rev()).take_while(|(asked, known)| asked == known).count();
    let inner = |rest: &[char]| rest.get(..rest.len() - back).unwrap_or_default().to_vec();
    let (asked, known) = (inner(asked_rest), inner(known_rest));
    let mut marks = if asked.len().saturating_mul(known.len()) > CELLS_MAX {
        ((0..asked.len()).collect(), (0..known.len()).collect())
    } else {
        walk(&asked, &known)
    };
    marks.0.iter_mut().chain(&mut marks.1).for_each(|place: &mut usize| *place += front);
    marks
}

/// Longer texts are marked from the first difference to the last.
const CELLS_MAX: usize = 1 << 16;

fn walk(asked: &[char], known: &[char]) -> (Vec<usize>, Vec<usize>) {
    // common[i][j]: length of the longest common sequence of what follows place i and place j.
    let mut common = vec![vec![0_u32; known.len() + 1]; asked.len() + 1];
    let at = |common: &[Vec<u32>], i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    for (i, asked) in asked.iter().enumerate().rev() {
        for (j, known) in known.iter().enumerate().rev() {
            let best = if asked == known {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut of_asked, mut of_known) = (Vec::new(), Vec::new());
    while i < asked.len() || j < known.len() {
        if i < asked.len() && j < known.len() && asked.get(i) == known.get(j) {
            (i, j) = (i + 1, j + 1);
        } else if j >= known.len() || (i < asked.len() && at(&common, i + 1, j) >= at(&common, i, j + 1)) {
            of_asked.push(i);
            i += 1;
        } else {
            of_known.push(j);
            j += 1;
        }
    }
    (of_asked, of_known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_differing_characters_are_marked_and_no_others() {
        assert_eq!(differing("髙橋花子", "高橋花子"), (vec![0], vec![0]));
        assert_eq!(differing("オオノ", "オノ"), (vec![1], vec![]));
        assert_eq!(differing("1990-04-21", "1990-04-12"), (vec![8], vec![9]));
        assert_eq!(differing("", "花子"), (vec![], vec![0, 1]));
        assert_eq!(differing("花子", "花子"), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn what_is_not_marked_is_the_same(asked in "[あ-お]{0,12}", known in "[あ-お]{0,12}") {
            let (of_asked, of_known) = differing(&asked, &known);
            let rest = |text: &str, marks: &[usize]| {
                text.chars().enumerate().filter(|(place, _)| !marks.contains(place)).map(|(_, c)| c).collect::<String>()
            };
            prop_assert_eq!(rest(&asked, &of_asked), rest(&known, &of_known));
        }
    }
}
