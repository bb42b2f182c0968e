use jiff::Timestamp;
use xml::{Attr, Fragment, Node, VerifiedNode, Writer};

use super::item::{ITEMS_MAX, distinct, item_id, offered, select, unsupported};
use super::{Code, MODIFY, MODIFY_RESPONSE, Outcome, Reason, ServiceType, Status};
use crate::names::LU;
use saml::instant;

/// `Modify`: what is to be changed at a data service. All of it is done, or nothing (DST 2.1, Modify).
#[derive(Clone, PartialEq, Eq)]
pub struct Modify {
    /// The service asked.
    pub service: ServiceType,
    /// One to sixteen items.
    pub items: Vec<ModifyItem>,
}

/// `ModifyItem`: one thing to be changed.
#[derive(Clone, PartialEq, Eq)]
pub struct ModifyItem {
    /// Names the item; needed as soon as there are two.
    pub item_id: Option<String>,
    /// A path from the service's table, such as `/nhi:Insured/nhi:Contact/nhi:Phone`. It is compared, never evaluated.
    pub select: String,
    /// What is to stand there, one element or more; without any, what stands there is to go.
    pub new_data: Option<Vec<Fragment>>,
    /// Only if nobody has changed it after this instant, when the sender has read it.
    pub not_changed_since: Option<Timestamp>,
    /// Whether what stands there may be written over.
    pub override_allowed: bool,
}

/// What a service knows of the thing that an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current {
    /// Whether anything stands there.
    pub exists: bool,
    /// When it was changed last; none if nobody has written that down.
    pub changed_at: Option<Timestamp>,
    /// Whether a change must say when it was read: no change goes by unseen then.
    pub since_demanded: bool,
}

impl Modify {
    /// A change of one thing.
    #[must_use]
    pub fn one(service: ServiceType, item: ModifyItem) -> Self {
        Self { service, items: vec![item] }
    }

    /// Whether all of it may be done, by what the service knows of each item. If `sb:ProcessingContext` asks for a
    /// simulation, this is where it ends.
    ///
    /// # Errors
    /// [`Status`] with a reason for every item that may not be done: nothing is done then. Send it with
    /// [`ModifyResponse::refused`].
    pub fn judge(&self, mut current: impl FnMut(&ModifyItem) -> Result<Current, Code>) -> Result<(), Status> {
        let judged = self.items.iter().filter_map(|item| {
            let code = current(item).and_then(|current| item.judge(&current)).err()?;
            Some(Reason { code, item: item.item_id.clone() })
        });
        let reasons: Vec<Reason> = judged.collect();
        if reasons.is_empty() { Ok(()) } else { Err(Status { outcome: Outcome::Failed, reasons }) }
    }

    /// `id` is what a usage directive refers to.
    pub(crate) fn write(&self, id: Option<&str>, writer: &mut Writer) {
        let ns = self.service.ns();
        let attrs: Vec<Attr> = id.map(|id| Attr::plain("id", id)).into_iter().collect();
        writer.start(ns, MODIFY, &attrs);
        for item in &self.items {
            let since = item.not_changed_since.map(instant::write);
            let mut attrs = Vec::new();
            attrs.extend(item.item_id.as_deref().map(|id| Attr::plain("itemID", id)));
            attrs.extend(since.as_deref().map(|since| Attr::plain("notChangedSince", since)));
            attrs.extend(item.override_allowed.then(|| Attr::plain("overrideAllowed", "true")));
            writer.start(ns, "ModifyItem", &attrs).leaf(ns, "Select", &[], &item.select);
            if let Some(new) = &item.new_data {
                writer.start(ns, "NewData", &[]);
                for fragment in new {
                    writer.raw(fragment);
                }
                writer.end();
            }
            writer.end();
        }
        writer.end();
    }

    /// Reads a `Modify`. What this profile does not offer is refused with the code DST has for it.
    pub(crate) fn read(service: ServiceType, modify: Node) -> Result<Self, Status> {
        let mut items = Vec::new();
        for child in modify.children().filter(Node::is_element) {
            if xml::is(child, service.ns(), "ModifyItem") {
                items.push(ModifyItem::read(service, child)?);
            } else {
                return Err(Status::failed(unsupported(service, child), item_id(child)));
            }
            if items.len() > ITEMS_MAX {
                return Err(Status::failed(Code::INVALID_DATA, None));
            }
        }
        let ids: Vec<Option<&str>> = items.iter().map(|item| item.item_id.as_deref()).collect();
        distinct(&ids)?;
        Ok(Self { service, items })
    }
}

impl ModifyItem {
    /// The text of the one new element, if it is `local` of the service and holds only text: most things that a resident
    /// may change are no more than that.
    #[must_use]
    pub fn new_text(&self, service: ServiceType, local: &str) -> Option<String> {
        let [fragment] = self.new_data.as_deref()? else { return None };
        let scanned = xml::scan(fragment.as_str().as_bytes(), &crate::message::LIMITS).ok()?;
        let document = xml::Document::parse(scanned).ok()?;
        let element = document.root();
        if xml::is(element, service.ns(), local) { xml::text(element).ok() } else { None }
    }

    /// Whether the item may be done.
    fn judge(&self, current: &Current) -> Result<(), Code> {
        match (self.not_changed_since, current.changed_at) {
            (None, _) if current.since_demanded => return Err(Code::MODIFIED_SINCE_NOT_SPECIFIED),
            (Some(_), None) if current.exists => return Err(Code::CHANGE_HISTORY_NOT_SUPPORTED),
            (Some(read), Some(changed)) if changed > read => return Err(Code::MODIFIED_SINCE),
            _ => {}
        }
        match (&self.new_data, current.exists) {
            (None, false) => Err(Code::DOES_NOT_EXIST),
            (Some(_), true) if !self.override_allowed => Err(Code::EXISTS_ALREADY),
            _ => Ok(()),
        }
    }

    fn read(service: ServiceType, item: Node) -> Result<Self, Status> {
        offered(item, &REFUSED_ATTRIBUTES)?;
        let item_id = item_id(item);
        let refuse = |code: Code| Status::failed(code, item_id.clone());
        let (mut path, mut new) = (None, None);
        for child in item.children().filter(Node::is_element) {
            let place = match child.tag_name().name() {
                "Select" => &mut path,
                _ => &mut new,
            };
            let known = ["Select", "NewData"].iter().any(|local| xml::is(child, service.ns(), local));
            if !known || place.is_some() {
                return Err(refuse(unsupported(service, child)));
            }
            *place = Some(child);
        }
        let select = select(path).map_err(refuse)?;
        let new_data = new.map(|new| new.children().filter(Node::is_element).map(Fragment::of).collect::<Vec<_>>());
        if new_data.as_ref().is_some_and(Vec::is_empty) {
            return Err(refuse(Code::MISSING_NEW_DATA_ELEMENT));
        }
        let not_changed_since = match xml::unqualified(item, "notChangedSince") {
            Some(text) => Some(instant::read(text).ok_or_else(|| refuse(Code::INVALID_DATA))?),
            None => None,
        };
        let override_allowed = match xml::unqualified(item, "overrideAllowed").unwrap_or("0") {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return Err(refuse(Code::INVALID_DATA)),
        };
        Ok(Self { item_id, select, new_data, not_changed_since, override_allowed })
    }
}

/// `ModifyResponse`, as a service writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifyResponse {
    /// The service that answers.
    pub service: ServiceType,
    /// How it went: all of it, or nothing.
    pub status: Status,
    /// When it was done: what the next change gives as `notChangedSince`.
    pub time_stamp: Option<Timestamp>,
}

impl ModifyResponse {
    /// All of it is done.
    #[must_use]
    pub fn done(service: ServiceType, at: Timestamp) -> Self {
        Self { service, status: Status::OK, time_stamp: Some(at) }
    }

    /// Nothing is done.
    #[must_use]
    pub fn refused(service: ServiceType, status: Status, at: Timestamp) -> Self {
        Self { service, status, time_stamp: Some(at) }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let time_stamp = self.time_stamp.map(instant::write);
        let attrs: Vec<Attr> = time_stamp.as_deref().map(|at| Attr::plain("timeStamp", at)).into_iter().collect();
        writer.start(self.service.ns(), MODIFY_RESPONSE, &attrs);
        self.status.write(writer);
        writer.end();
    }
}

/// `ModifyResponse`, as a client reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifyReply {
    /// How it went. A partial change is the word of a service that does not do all or nothing.
    pub status: Status,
    /// When it was done, if the service says so.
    pub time_stamp: Option<Timestamp>,
}

impl ModifyReply {
    /// Reads the one `ModifyResponse` in a verified body.
    pub(crate) fn read(service: ServiceType, body: VerifiedNode<'_, '_>) -> Option<Self> {
        let response = xml::child(body.node(), service.ns(), MODIFY_RESPONSE).ok()?;
        let status = Status::read(xml::child(response, LU, "Status").ok()?)?;
        let time_stamp = match xml::unqualified(response, "timeStamp") {
            Some(text) => Some(instant::read(text)?),
            None => None,
        };
        Some(Self { status, time_stamp })
    }
}

/// Attributes of features that are not offered, and the code that says so.
const REFUSED_ATTRIBUTES: [(&str, Code); 2] =
    [("objectType", Code::UNSUPPORTED_OBJECT_TYPE), ("predefined", Code::UNSUPPORTED_PREDEFINED)];
