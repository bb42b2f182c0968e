//! The drawer with the cards, and the two readers they are put on.

use anyhow::Context;
use card::{reader::InProcess, virtual_card::Tag};

use super::layout::{Layout, READERS};

/// How cards get onto readers.
#[derive(Clone)]
pub(crate) enum Readers {
    /// By the process that plays them behind the private PC/SC service.
    Pcsc,
    /// In this process: each reader by itself, as each stands at a place of its own.
    InProcess([InProcess; READERS.len()]),
}

/// The drawer.
#[derive(Clone)]
pub(crate) struct Drawer {
    layout: Layout,
    readers: Readers,
}

impl Drawer {
    pub(crate) fn new(layout: Layout, readers: Readers) -> Self {
        Self { layout, readers }
    }

    /// Puts a card on a reader. A card lies in one place: it is taken off the other reader first.
    pub(crate) fn put(&self, reader: &str, card: &str) -> anyhow::Result<()> {
        // Both become part of a line of commands: neither may bring one of its own.
        known_reader(reader)?;
        let known = card.chars().all(|letter| letter.is_ascii_alphanumeric());
        let file = self.layout.card(card);
        anyhow::ensure!(known && file.exists(), "there is no card {card}");
        for other in READERS {
            self.take(other)?;
        }
        match &self.readers {
            Readers::Pcsc => {
                let file = file.canonicalize()?;
                crate::cards::ask(&self.layout.cards_socket(), &format!("insert {reader} {}", file.display()))?;
            }
            Readers::InProcess(readers) => {
                let tag = Tag::open(&file).with_context(|| format!("card {card}"))?;
                if let Some(place) = of(readers, reader) {
                    place.insert(reader, tag);
                }
            }
        }
        Ok(())
    }

    /// Takes the card off a reader, if there is one.
    pub(crate) fn take(&self, reader: &str) -> anyhow::Result<()> {
        known_reader(reader)?;
        match &self.readers {
            Readers::Pcsc => drop(crate::cards::ask(&self.layout.cards_socket(), &format!("remove {reader}"))?),
            Readers::InProcess(readers) => drop(of(readers, reader).and_then(|place| place.remove(reader))),
        }
        Ok(())
    }
}

fn known_reader(reader: &str) -> anyhow::Result<()> {
    anyhow::ensure!(READERS.contains(&reader), "there is no reader {reader}");
    Ok(())
}

/// The reader of this name.
fn of<'a>(readers: &'a [InProcess; READERS.len()], name: &str) -> Option<&'a InProcess> {
    READERS.iter().zip(readers).find(|(known, _)| **known == name).map(|(_, reader)| reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_none_moves_nothing() {
        let layout = Layout {
            dir: std::env::temp_dir(),
            port: 8400,
            agent_port: 41_270,
            postgres: None,
            signature: Default::default(),
        };
        let drawer = Drawer::new(layout, Readers::Pcsc);

        for reader in ["", "nowhere", "home /etc/passwd\nremove desk", "desk "] {
            // Neither the card nor the socket was looked for.
            let refused = drawer.put(reader, "nhi").unwrap_err().to_string();
            assert_eq!(refused, format!("there is no reader {reader}"));
        }
    }
}
