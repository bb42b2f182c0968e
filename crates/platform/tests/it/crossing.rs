//! The way between portal and service, as a browser walks it: pages that go on, forms that are handed on, and what the
//! person presses on the way.

use crate::browser::{Browser, Page};

/// A browser that comes from another site: it shows no cookie of ours.
pub(crate) async fn knock(browser: &mut Browser, path: &str) -> Page {
    let mut foreign = browser.clone().saying("sec-fetch-site", "cross-site");
    foreign.cookies.clear();
    let page = foreign.get(path).await;
    assert!(foreign.cookies.is_empty(), "the door leaves no cookie");
    page
}

/// The same with a form.
pub(crate) async fn knock_with(browser: &mut Browser, path: &str, fields: &[(&'static str, String)]) -> Page {
    let mut foreign = browser.clone().saying("sec-fetch-site", "cross-site");
    foreign.cookies.clear();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    foreign.form(path, &fields).await
}

/// Follows pages that go on by themselves, within the portal.
pub(crate) async fn onward(browser: &mut Browser, mut page: Page) -> Page {
    for _ in 0..5 {
        let next = refreshed(&page).or_else(|| page.location().map(str::to_owned));
        match next.filter(|next| next.starts_with('/')) {
            Some(next) => page = browser.get(&next).await,
            None => break,
        }
    }
    page
}

/// Where a page goes on to by itself.
pub(crate) fn refreshed(page: &Page) -> Option<String> {
    let (_, rest) = page.text.split_once("http-equiv=\"refresh\" content=\"0;url=")?;
    Some(unescape(rest.split_once('"')?.0))
}

/// The path of a form or link of the page that begins like this.
pub(crate) fn path_of(page: &Page, prefix: &str) -> String {
    let (_, rest) = page.text.split_once(prefix).unwrap_or_else(|| panic!("no {prefix} in {}", page.text));
    format!("{prefix}{}", rest.split('"').next().unwrap())
}

/// The handle of the request that a page asks the person to log in for.
pub(crate) fn handle_of(page: &Page) -> String {
    path_of(page, "/login/card/ke3?then=").replace("/login/card/ke3?then=", "")
}

/// Agrees to everything that the release page offers.
pub(crate) async fn agree(browser: &mut Browser, page: &Page) -> Page {
    let offered = hidden(page, "offered");
    let names: Vec<&str> = offered.split(' ').filter(|name| !name.is_empty()).collect();
    agree_to(browser, page, &names).await
}

/// Agrees to these attributes.
pub(crate) async fn agree_to(browser: &mut Browser, page: &Page, names: &[&str]) -> Page {
    let (version, offered) = (hidden(page, "version"), hidden(page, "offered"));
    let mut fields = vec![("version", version.as_str()), ("offered", offered.as_str())];
    fields.extend(names.iter().map(|name| ("attribute", *name)));
    let page = browser.form(&path_of(page, "/saml/release/"), &fields).await;
    onward(browser, page).await
}

/// The value of a hidden field of the page.
pub(crate) fn hidden(page: &Page, name: &str) -> String {
    let (_, rest) =
        page.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

/// The form that a page hands on to a service.
#[derive(Debug)]
pub(crate) struct SentForm {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    /// It goes by itself.
    pub(crate) by_itself: bool,
}

impl SentForm {
    pub(crate) fn of(page: &Page) -> Option<Self> {
        let forms = page.text.split("<form method=\"post\" action=\"").skip(1);
        let form = forms.map(|form| form.split("</form>").next().unwrap()).find(|form| form.starts_with("http"))?;
        let (action, rest) = form.split_once('"')?;
        let by_itself = rest.starts_with(" data-post");
        let inputs = rest.split("<input type=\"hidden\" name=\"").skip(1);
        let fields = inputs.filter_map(|input| {
            let (name, rest) = input.split_once("\" value=\"")?;
            Some((name.to_owned(), unescape(rest.split_once('"')?.0)))
        });
        Some(Self { action: unescape(action), fields: fields.collect(), by_itself })
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// Undoes the escaping of a page's text.
pub(crate) fn unescape(text: &str) -> String {
    let text = text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#38;", "&").replace("&amp;", "&")
}
