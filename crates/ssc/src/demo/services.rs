//! Services of others that log residents in with the card: a telemedicine network behind Apache and mod_auth_mellon, and
//! a health notebook in PHP with SimpleSAMLphp. They run where their Debian packages are; the demonstration goes on without.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use platform::{
    App,
    office::registry::{self, Source},
};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use tokio::process::Command;
use web::Clock;

use super::{
    configs,
    layout::{INSURERS, Layout, write_secret},
    processes::{self, Process},
};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// The telemedicine network: an old web application behind Apache.
    KMix,
    /// The health notebook.
    Phr,
}

/// A service that was to be started.
pub(crate) struct Started {
    service: Service,
    /// Its process, or why there is none.
    outcome: anyhow::Result<Process>,
}

impl Started {
    /// What the demonstration says about it.
    pub(crate) fn line(&self, layout: &Layout) -> String {
        let name = self.service.name().to_uppercase();
        match &self.outcome {
            Ok(_) => format!("{name:<11} {}", self.service.origin(layout)),
            Err(error) => format!("{name:<11} not started: {error:#}"),
        }
    }

    pub(crate) async fn stop(self) {
        if let Ok(process) = self.outcome {
            process.stop().await;
        }
    }
}

/// The services that run.
pub(crate) fn addresses(layout: &Layout, started: &[Started]) -> BTreeMap<&'static str, String> {
    let running = started.iter().filter(|one| one.outcome.is_ok());
    running.map(|one| (one.service.name(), one.service.origin(layout))).collect()
}

/// Ends a command and all its children with our end of its input, and runs until then. Children whose parent was killed do not
/// all listen to a polite word.
const TIED: &str = "exec 3<&0; { cat <&3; trap '' TERM; kill -TERM 0; sleep 1; kill -KILL 0; } >/dev/null & \
     exec \"$@\" </dev/null 3<&-";

/// Apache does not serve as root, and as another user it cannot look into root's folders without this.
const NOT_ROOT: [&str; 6] = [
    "setpriv",
    "--reuid=www-data",
    "--regid=www-data",
    "--clear-groups",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=+dac_override",
];

const SIMPLESAMLPHP: &str = "/usr/share/simplesamlphp/www";
const MELLON: &str = "/usr/lib/apache2/modules/mod_auth_mellon.so";

macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../../interop/peers/", $folder, "/", $name)))),*]
    };
}

impl Service {
    pub(crate) const ALL: [Self; 2] = [Self::KMix, Self::Phr];

    /// Of its host, folder and log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KMix => "k-mix",
            Self::Phr => "phr",
        }
    }

    /// What is written into its folder. `sp.xml` and `policy.toml` have its address and certificate filled in.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::KMix => files!("kmix": "card-login.conf" "step-up.conf" "records.conf" "httpd.conf" "sp.xml"
                "policy.toml" "app/index.html" "app/records/index.cgi" "app/cases/index.html" "app/pin-needed.html" "app/open/signed-out.html" "app/style.css"),
            Self::Phr => files!("phr": "config.php" "authsources.php" "router.php" "sp.xml" "policy.toml"
                "app/page.php" "app/home.php" "app/logout.php" "app/signed-out.php" "app/style.css"),
        }
    }

    fn port(self, layout: &Layout) -> u16 {
        layout.port
            + match self {
                Self::KMix => 5,
                Self::Phr => 6,
            }
    }

    /// Its address. Another site than the portal's, as in life.
    pub(crate) fn origin(self, layout: &Layout) -> String {
        format!("http://{}.localhost:{}", self.name(), self.port(layout))
    }

    /// Its entity ID.
    pub(crate) fn entity(self, layout: &Layout) -> String {
        match self {
            Self::KMix => format!("{}/mellon/metadata", self.origin(layout)),
            Self::Phr => format!("{}/metadata", self.origin(layout)),
        }
    }

    fn folder(self, layout: &Layout) -> PathBuf {
        layout.dir.join("services").join(self.name())
    }

    /// Whether its packages are here.
    fn possible(self) -> bool {
        match self {
            Self::KMix => Path::new(MELLON).exists(),
            Self::Phr => Path::new(SIMPLESAMLPHP).exists() && Path::new("/usr/bin/php").exists() && soap(),
        }
    }

    fn command(self, layout: &Layout) -> Command {
        let (folder, port) = (self.folder(layout), self.port(layout));
        let mut command = Command::new("sh");
        // What its configuration names without a folder is in this one.
        command.args(["-c", TIED, "sh"]).current_dir(&folder);
        match self {
            Self::KMix => {
                let root = nix::unistd::geteuid().is_root();
                command.args(root.then_some(NOT_ROOT).into_iter().flatten());
                command.args(["/usr/sbin/apache2", "-f", "httpd.conf", "-D", "FOREGROUND", "-d"]).arg(&folder);
                command.args(["-C", &format!("Define FOLDER \"{}\"", folder.display())]);
                command.args(["-C", &format!("Define PORT {port}")]);
                let ssc = std::env::current_exe().unwrap_or_default();
                command.args(["-C", &format!("Define SSC \"{}\"", ssc.display())]);
            }
            Self::Phr => {
                command.args([
                    "/usr/bin/php",
                    "-d",
                    "opcache.revalidate_freq=0",
                    "-S",
                    &format!("127.0.0.1:{port}"),
                    "-t",
                    SIMPLESAMLPHP,
                ]);
                command.arg(folder.join("router.php"));
                command.env("PHP_CLI_SERVER_WORKERS", "4").env("SIMPLESAMLPHP_CONFIG_DIR", &folder);
                command.env("PHR_FOLDER", &folder).env("PHR_ORIGIN", self.origin(layout));
                command.env("PHR_IDP", identity_provider(layout));
            }
        }
        command
    }
}

/// The identity provider's entity ID, where its metadata is.
fn identity_provider(layout: &Layout) -> String {
    format!("{}/saml/metadata", layout.portal_origin())
}

/// PHP's SOAP client is a package of its own, which SimpleSAMLphp does not ask for.
fn soap() -> bool {
    let modules = std::process::Command::new("/usr/bin/php").arg("-m").output();
    modules.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).lines().any(|line| line == "soap"))
}

/// Makes the folder of each service that can run here and has none yet, and lets it join.
pub(crate) async fn set_up(layout: &Layout) -> anyhow::Result<()> {
    for service in Service::ALL.into_iter().filter(|service| service.possible()) {
        let joined = service.folder(layout).join("joined");
        if !joined.exists() {
            write(layout, service).with_context(|| format!("setting up {}", service.name()))?;
            join(layout, service).await.with_context(|| format!("letting {} join", service.name()))?;
            fs::write(joined, "")?;
        }
    }
    Ok(())
}

/// What `ssc admin service add sp.xml --policy policy.toml` does.
async fn join(layout: &Layout, service: Service) -> anyhow::Result<()> {
    let folder = service.folder(layout);
    let policy = toml::from_str(&fs::read_to_string(folder.join("policy.toml"))?)?;
    let metadata = fs::read(folder.join("sp.xml"))?;
    let app = App::open(crate::serve::read_config(&configs::platform_file(layout))?, Clock::System).await?;
    let candidate = registry::propose(&app, metadata, Source::File, Some(policy)).await?;
    registry::register(&app, candidate, "demonstration").await?;
    app.db.close().await;
    Ok(())
}

fn write(layout: &Layout, service: Service) -> anyhow::Result<()> {
    let folder = service.folder(layout);
    fs::create_dir_all(folder.join("run"))?;
    let key = match service {
        Service::KMix => KeyPair::from_pem(&fs::read_to_string(client(layout, "key"))?)?,
        Service::Phr => KeyPair::generate_for(&PKCS_RSA_SHA256)?,
    };
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("{}.localhost", service.name()));
    let certificate = params.self_signed(&key)?;
    write_secret(&folder.join("sp.key"), &key.serialize_pem())?;
    write_secret(&folder.join("salt"), &hex::encode(web::Random::new().bytes::<16>()))?;
    fs::write(folder.join("sp.pem"), certificate.pem())?;
    let body: String = certificate.pem().lines().filter(|line| !line.starts_with("-----")).collect();
    for (name, text) in service.files() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        let text = text.replace("{{origin}}", &service.origin(layout)).replace("{{certificate}}", &body);
        // Browsers know names below .localhost, and not every system does.
        let text = text.replace("{{back_channel}}", &format!("http://127.0.0.1:{}", service.port(layout)));
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        if path.extension().is_some_and(|extension| extension == "cgi") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    if service == Service::KMix { fetches(layout, &folder) } else { Ok(()) }
}

/// What `ssc fetch` needs at the telemedicine network: the certificate that the authority gave it, and whose answers it believes.
fn fetches(layout: &Layout, folder: &Path) -> anyhow::Result<()> {
    fs::copy(client(layout, "pem"), folder.join("client.pem"))?;
    fs::copy(layout.platform().join("authority.pem"), folder.join("authority.pem"))?;
    let mut config = format!(
        "entity = '{}'\nkey = 'sp.key'\nidentity_provider = 'idp.xml'\nlocal = true\n\n\
         [tls]\ncertificate = 'client.pem'\nkey = 'sp.key'\nauthority = 'authority.pem'\n",
        Service::KMix.entity(layout)
    );
    for insurer in &INSURERS {
        let certificate = format!("{}-sign.pem", insurer.number);
        fs::copy(layout.platform().join(&certificate), folder.join(&certificate))?;
        config.push_str(&format!("\n[[institution]]\nentity = '{}'\ncertificate = '{certificate}'\n", insurer.entity));
    }
    Ok(fs::write(folder.join("fetch.toml"), config)?)
}

/// What the telemedicine network connects to institutions with: its key, or the authority's certificate of it.
fn client(layout: &Layout, kind: &str) -> PathBuf {
    layout.clients().join(format!("{}.{kind}", Service::KMix.name()))
}

/// Starts each service that has a folder. They take the identity provider's metadata from where it publishes them.
pub(crate) async fn start(layout: &Layout) -> Vec<Started> {
    let mut started = Vec::new();
    for service in Service::ALL {
        let outcome = if service.folder(layout).exists() {
            run(layout, service).await
        } else {
            Err(anyhow::anyhow!("its Debian packages are missing, make demo FULL=1 installs them"))
        };
        started.push(Started { service, outcome });
    }
    started
}

async fn run(layout: &Layout, service: Service) -> anyhow::Result<Process> {
    let port = service.port(layout);
    processes::free(port)?;
    let portal = format!("portal.localhost:{}", layout.port);
    let address = ([127, 0, 0, 1], layout.port).into();
    let client = reqwest::Client::builder().resolve("portal.localhost", address).build()?;
    let answer = client.get(format!("http://{portal}/saml/metadata")).send().await?.error_for_status()?;
    fs::write(service.folder(layout).join("idp.xml"), answer.text().await?)?;
    let mut process = Process::spawn(layout, service.name(), service.command(layout))?;
    process.listens(port).await?;
    Ok(process)
}
