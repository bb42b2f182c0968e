//! Where everything of a demonstration is: folders and ports.

use std::path::{Path, PathBuf};

use base64::Engine;

/// Folders, files and ports of one demonstration.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The folder that holds everything.
    pub(crate) dir: PathBuf,
    /// The first port; the others follow it.
    pub(crate) port: u16,
    /// The first port of the two agents.
    pub(crate) agent_port: u16,
    /// A PostgreSQL that holds the databases, each in a schema; without it, each is a file.
    pub(crate) postgres: Option<String>,
    /// What messages are signed with.
    pub(crate) signature: keys::Signature,
}

/// An insurer of the demonstration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insurer {
    pub(crate) number: &'static str,
    pub(crate) entity: &'static str,
    pub(crate) name: &'static str,
    pub(crate) name_en: &'static str,
    pub(crate) service: &'static str,
    /// Whether it wants the key of a service shown in TLS, too: both kinds of institutions are shown.
    pub(crate) services_by_key: bool,
    place: u16,
}

/// The insurers, in the order of their ports.
pub(crate) const INSURERS: [Insurer; 4] = [
    Insurer {
        number: region::NATIONAL,
        entity: "https://nhi.takamatsu.example/metadata",
        name: "高松市国民健康保険",
        name_en: "Takamatsu City National Health Insurance",
        service: "nhi",
        services_by_key: false,
        place: 0,
    },
    Insurer {
        number: region::COMPANY,
        entity: "https://kenpo.kagawa-denki.example/metadata",
        name: region::COMPANY_NAME_JA,
        name_en: region::COMPANY_NAME_EN,
        service: "khi",
        services_by_key: true,
        place: 1,
    },
    Insurer {
        number: region::TRANSIT,
        entity: "https://kenpo.sanuki-kotsu.example/metadata",
        name: region::TRANSIT_NAME_JA,
        name_en: region::TRANSIT_NAME_EN,
        service: "khi",
        services_by_key: false,
        place: 2,
    },
    Insurer {
        number: region::LATE_ELDERLY,
        entity: "https://koki.kagawa.example/metadata",
        name: region::LATE_ELDERLY_NAME_JA,
        name_en: region::LATE_ELDERLY_NAME_EN,
        service: "nhi",
        services_by_key: false,
        place: 3,
    },
];

/// The platform's entity id.
pub(crate) const PLATFORM: &str = "https://relay.kagawa.example/metadata";

/// The readers: one at a resident's home, one on the clinic's desk.
pub(crate) const READERS: [&str; 2] = ["home", "desk"];

impl Layout {
    /// The address of a database: a schema of this name at the PostgreSQL, or this file.
    pub(crate) fn database(&self, schema: &str, file: &Path) -> String {
        let Some(address) = &self.postgres else { return format!("sqlite:{}", file.display()) };
        let and = if address.contains('?') { '&' } else { '?' };
        format!("{address}{and}options=-csearch_path%3D{schema}")
    }

    pub(crate) fn portal_origin(&self) -> String {
        format!("http://portal.localhost:{}", self.port)
    }

    pub(crate) fn clinic_origin(&self) -> String {
        format!("http://clinic.localhost:{}", self.port)
    }

    pub(crate) fn office_origin(&self) -> String {
        format!("http://office.localhost:{}", self.port)
    }

    pub(crate) fn control_port(&self) -> u16 {
        self.port + 10
    }

    /// Where the insurer answers the platform.
    pub(crate) fn insurer_port(&self, insurer: &Insurer) -> u16 {
        self.port + 11 + insurer.place
    }

    /// Where the insurer's own pages are.
    pub(crate) fn console_port(&self, insurer: &Insurer) -> u16 {
        self.port + 1 + insurer.place
    }

    pub(crate) fn console_origin(&self, insurer: &Insurer) -> String {
        format!("http://insurer-{}.localhost:{}", insurer.number, self.console_port(insurer))
    }

    pub(crate) fn insurer_address(&self, insurer: &Insurer) -> String {
        format!("https://127.0.0.1:{}/idwsf/dst", self.insurer_port(insurer))
    }

    pub(crate) fn agent_port_of(&self, reader: usize) -> u16 {
        self.agent_port + u16::try_from(reader).unwrap_or(0)
    }

    pub(crate) fn platform(&self) -> PathBuf {
        self.dir.join("platform")
    }

    pub(crate) fn insurer(&self, insurer: &Insurer) -> PathBuf {
        self.dir.join("insurers").join(insurer.number)
    }

    /// What the authority has signed for services that ask institutions themselves.
    pub(crate) fn clients(&self) -> PathBuf {
        self.dir.join("clients")
    }

    pub(crate) fn cards(&self) -> PathBuf {
        self.dir.join("cards")
    }

    pub(crate) fn card(&self, name: &str) -> PathBuf {
        self.cards().join(format!("{name}.json"))
    }

    pub(crate) fn pcsc(&self) -> PathBuf {
        self.dir.join("pcsc")
    }

    pub(crate) fn cards_socket(&self) -> PathBuf {
        self.pcsc().join("cards.sock")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    /// Written first: a folder without it is somebody's, and is left alone.
    pub(crate) fn mark(&self) -> PathBuf {
        self.dir.join("demonstration.txt")
    }

    /// Written last: a folder without it was not finished and is made anew.
    pub(crate) fn people(&self) -> PathBuf {
        self.dir.join("people.json")
    }
}

/// Bytes in PEM (RFC 7468).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Writes a file that only this user may read.
pub(crate) fn write_secret(path: &Path, content: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())
}
