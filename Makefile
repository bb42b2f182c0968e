# The list of commands. Every one may be run on a bare Debian 12 with Rust: what is missing is installed when that
# is possible without a question (root, or sudo without a password), else named in one line.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check unit e2e interop attack bench fuzz fuzz-short doc needs-build needs-demo needs-services needs-test

STEP := scripts/step

# What the code is built from; libpcsclite is the one C library we link.
BUILD_NEEDS := cc=gcc libc6-dev pkg-config libpcsclite-dev
# The card stack of the demo: pcscd, a virtual reader, and `ip` for its private network.
DEMO_NEEDS := pcscd vsmartcard-vpcd iproute2
# Services of others, which log residents in with the card: a web application behind Apache, another one in PHP.
SERVICE_NEEDS := apache2-bin libapache2-mod-auth-mellon simplesamlphp php-cli php-xml php-curl php-mbstring php-soap
# What judges us in the tests: a second database, foreign XML tools, a browser with Japanese letters.
TEST_NEEDS := c++=g++ openssl=openssl postgresql xmlsec1=xmlsec1 xmllint=libxml2-utils python3 opensaml-schemas xmltooling-schemas \
  chromium=chromium fonts-noto-cjk node=nodejs npm=npm python3-venv

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: needs-demo $(if $(FULL),needs-services) ## build and start a whole region here (ARGS="--residents 420000"; FULL=1 with K-MIX and PHR)
	@cargo build --release --locked -p ssc
	@exec target/release/ssc demo $(ARGS)

test: needs-test check unit fuzz-short e2e interop ## everything CI runs: check, tests on both databases, browser journeys, foreign services

check: needs-build ## formatting, lints, documents, licences
	@$(STEP) "format" sh -c 'cargo fmt --all -- --check && cargo fmt --all --manifest-path fuzz/Cargo.toml -- --check'
	@$(STEP) "lints" cargo clippy --workspace --all-targets --locked -- -D warnings
	@$(STEP) "links and codes in the documents" scripts/check-documents
	@$(STEP) "licences, bans, sources" scripts/deny

unit: needs-test ## the Rust tests alone, on SQLite and a throw-away PostgreSQL
	@$(STEP) "tests" scripts/with-postgres scripts/cargo-test
	@$(STEP) "examples in the documents" cargo test --workspace --doc --locked -q

e2e: needs-demo needs-services needs-test ## journeys in Chromium, through agent, pcscd and a virtual card; screenshots in e2e/output
	@$(STEP) "build ssc" cargo build --locked -p ssc
	@$(STEP) "browser tools" scripts/e2e-install
	@$(STEP) "browser journeys" env SSC=$(CURDIR)/target/debug/ssc npm --prefix e2e test

attack: needs-build ## the attack record of docs/threats.md: one line for each case, and how many were refused
	@cargo test --locked -q -p ssc-saml --test attack

fuzz-short: needs-test
	@$(STEP) "random input, ten seconds a parser" env FUZZ_SECONDS=10 scripts/fuzz

interop: needs-demo needs-test needs-services ## other people's service providers judge the identity provider
	@$(STEP) "build ssc" cargo build --locked -p ssc
	@$(STEP) "browser tools" scripts/e2e-install
	@$(STEP) "judges" scripts/interop-install
	@$(STEP) "foreign services" env SSC=$(CURDIR)/target/debug/ssc scripts/interop

bench: needs-build ## figures as ratios, into target/bench.json (ONLY=name runs one, FULL=1 the slow ones too)
	@cargo build --release --locked -p ssc -p ssc-bench
	@exec target/release/ssc-bench $(if $(ONLY),--only $(ONLY)) $(if $(FULL),--full)

fuzz: needs-test ## a minute of random input for each parser that meets the network (FUZZ_SECONDS=600 ARGS=saml_redirect)
	@scripts/fuzz $(ARGS)

doc: ## the API documentation, into target/doc
	@cargo doc --workspace --no-deps --locked

needs-build:
	@command -v cargo >/dev/null || { echo "needs: Rust is missing, see https://rustup.rs" >&2; exit 1; }
	@scripts/needs $(BUILD_NEEDS)

# Not to be had without root: then the demo says so, and reads its cards in its own process.
needs-demo: needs-build
	@scripts/needs $(DEMO_NEEDS) || echo "needs: going on without them, with a reader inside the demo's own process"

# Without them the demonstration says which services it goes on without.
needs-services: needs-build
	@scripts/needs $(SERVICE_NEEDS)

needs-test: needs-build
	@scripts/needs $(TEST_NEEDS)
