//! `ssc insurer init`: everything that a new node needs before its first start.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use health::{InsurerNumber, Scheme};
use insurer::Config;
use rcgen::{CertificateParams, DnType, KeyPair};
use web::Clock;

use crate::demo::{Authority, pem, write_secret};

/// What a new node is called, and where it is. What is not given is asked for.
#[derive(clap::Args)]
pub(crate) struct Init {
    /// 保険者番号, six or eight digits.
    #[arg(long)]
    number: Option<String>,
    /// The host name under which the platform reaches the node, such as node.nhi.takamatsu.example.
    #[arg(long)]
    host: Option<String>,
    /// The platform's entity id, from the consortium's office.
    #[arg(long)]
    platform: Option<String>,
    /// The folder for the database and the files that come.
    #[arg(long, default_value = "/var/lib/ssc/insurer")]
    data: PathBuf,
    /// For a trial on this machine: certificates that the office would send are made here, too.
    #[arg(long)]
    trial: bool,
}

/// Makes the configuration, keys and a request for a certificate, and says what is missing.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn run(file: &Path, init: Init) -> anyhow::Result<()> {
    ensure!(!file.exists(), "{} is there already: a node is made once", file.display());
    let number = asked(init.number, "number", "保険者番号 / insurer's number")?;
    let number: InsurerNumber = number.parse().with_context(|| format!("保険者番号 {number}"))?;
    let host = asked(init.host, "host", "ノードのホスト名 / host name of this node")?;
    let host_is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    ensure!(host_is_name && !host.is_empty(), "a host name has letters, digits, dots and hyphens: {host}");
    let platform = asked(init.platform, "platform", "プラットフォームのエンティティID / the platform's entity id")?;
    let is_uri = platform.contains(':') && !platform.contains(['\'', '\n', ' ']);
    ensure!(is_uri, "an entity id is an absolute URI: {platform}");
    let folder = std::path::absolute(file)?.parent().map(Path::to_owned).context("a file is in a folder")?;
    let data = std::path::absolute(&init.data)?;
    ensure!(!data.display().to_string().contains('\''), "a folder without quotation marks: {}", data.display());
    for folder in [&folder, &data] {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let random = web::Random::new();
    write_secret(&folder.join("passphrase"), &hex::encode(random.bytes::<32>()))?;
    let mut made = vec![folder.join("passphrase")];
    made.extend(if init.trial { trial(&folder, &host, &platform)? } else { request(&folder, &host)? });
    fs::write(file, configuration(number, &host, &platform, &data))
        .with_context(|| format!("writing {}", file.display()))?;
    let config = Config::read(file)?;
    let certificates = insurer::set_up(&config, Clock::System.now())?;
    let for_the_office = folder.join("for-the-platform");
    fs::create_dir_all(&for_the_office)?;
    for (name, der) in [("sign.pem", certificates.sign), ("decrypt.pem", certificates.decrypt)] {
        fs::write(for_the_office.join(name), pem("CERTIFICATE", &der))?;
        made.push(for_the_office.join(name));
    }
    made.push(config.keys.path.clone());
    for path in std::iter::once(file.to_owned()).chain(made) {
        println!("made     {}", path.display());
    }
    for (path, what) in missing(&config) {
        println!("missing  {}   {what}", path.display());
    }
    Ok(())
}

/// What the office has to send before the node can start.
fn missing(config: &Config) -> Vec<(PathBuf, &'static str)> {
    let partners = config.providers.iter().chain(&config.issuers);
    let files = [
        (config.tls.certificate.clone(), "事務局が tls.csr に署名したもの / tls.csr, signed by the office"),
        (config.tls.client_ca.clone(), "事務局から / from the office"),
    ];
    let files = files.into_iter().chain(partners.map(|one| (one.certificate.clone(), "事務局から / from the office")));
    files.filter(|(path, _)| !path.exists()).collect()
}

/// The key of the connection, and a request for its certificate (RFC 2986).
fn request(folder: &Path, host: &str) -> anyhow::Result<Vec<PathBuf>> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, host);
    let (key_file, request) = (folder.join("tls.key"), folder.join("tls.csr"));
    write_secret(&key_file, &key.serialize_pem())?;
    fs::write(&request, params.serialize_request(&key)?.pem()?)?;
    Ok(vec![key_file, request])
}

/// In a trial nobody else is there: an authority of its own, and certificates in the place of the platform's.
fn trial(folder: &Path, host: &str, platform: &str) -> anyhow::Result<Vec<PathBuf>> {
    let authority = Authority::new("SSC trial authority")?;
    fs::write(folder.join("authority.pem"), authority.certificate())?;
    authority.sign(folder, "tls", host, &[host, "localhost", "127.0.0.1"])?;
    for name in ["platform-sign.pem", "platform-token.pem"] {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, platform);
        fs::write(folder.join(name), params.self_signed(&KeyPair::generate()?)?.pem())?;
    }
    let files = ["authority.pem", "tls.pem", "tls.key", "platform-sign.pem", "platform-token.pem"];
    Ok(files.map(|name| folder.join(name)).to_vec())
}

fn configuration(number: InsurerNumber, host: &str, platform: &str, data: &Path) -> String {
    let service = if number.scheme() == Scheme::NationalHealth { "nhi" } else { "khi" };
    let data = data.display();
    let policy = |purpose: &str, category: &str, more: &str| {
        format!("\n[[policy]]\nrequester = '{platform}'\npurpose = '{purpose}'\ncategory = '{category}'\n{more}")
    };
    format!(
        "# An insurer's node. What each setting means: docs/operator/README.md, docs/insurer/install.md.\n\
         entity = 'https://{host}/metadata'\ninsurer = '{number}'\nservice = '{service}'\n\
         listen = '0.0.0.0:8443'\naddress = 'https://{host}:8443/idwsf/dst'\n\
         database = 'sqlite:{data}/insurer.db'\nraw_files = '{data}/files'\n\n\
         [keys]\npath = 'keys.ssc'\npassphrase_file = 'passphrase'\n\n\
         [tls]\ncertificate = 'tls.pem'\nkey = 'tls.key'\nclient_ca = 'authority.pem'\n\n\
         [console]\nlisten = '127.0.0.1:8445'\norigin = 'http://localhost:8445'\n\n\
         # Where the portal hears of links that a clerk ends here; the office tells you address and authority.\n\
         # [discovery]\n# entity = '{platform}'\n# address = 'https://PORTAL/wsf/discovery'\n\
         # authority = 'portal-authority.pem'\n\n\
         [drift]\nrows = 10\nlapsed = 5\ncopayment = 5\nfew = 20\n\n\
         [[providers]]\nentity = '{platform}'\ncertificate = 'platform-sign.pem'\n\n\
         [[issuers]]\nentity = '{platform}'\ncertificate = 'platform-token.pem'\n{}{}{}{}{}{}",
        policy("citizen-self-view", "coverage", ""),
        policy("citizen-self-view", "check-up", ""),
        policy("citizen-self-view", "expenses", ""),
        policy("citizen-self-view", "contact", ""),
        policy("eligibility-check", "eligibility", "card_alone = true\n"),
        policy("linking", "link", ""),
    )
}

/// What was given, or what the person at the terminal types.
fn asked(given: Option<String>, name: &str, question: &str) -> anyhow::Result<String> {
    if let Some(given) = given {
        return Ok(given);
    }
    if !std::io::stdin().is_terminal() {
        bail!("--{name} is needed");
    }
    eprint!("{question}: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
