use xml::{Attr, Node, Writer};

use super::{INPUTS_MAX, RESPONSE};
use crate::disco::exchange::read_status;
use crate::dst::Status;
use crate::epr::{CarriedToken, is_identifier};
use crate::names::{IMS, LU, SEC};

/// `ims:IdentityMappingResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// How it went; reasons name the inputs they are about.
    pub status: Status,
    /// The tokens, in the order they were asked for.
    pub outputs: Vec<Output>,
}

/// `ims:MappingOutput`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `reqRef`: which input it answers.
    pub request: Option<String>,
    /// The token, for the provider asked for.
    pub token: CarriedToken,
}

impl Response {
    /// The token that answers an input.
    #[must_use]
    pub fn token_of(&self, input: &str) -> Option<&CarriedToken> {
        self.outputs.iter().find(|output| output.request.as_deref() == Some(input)).map(|output| &output.token)
    }

    pub(crate) fn read(payload: Node) -> Option<Self> {
        if !xml::is(payload, IMS, RESPONSE) {
            return None;
        }
        let status = read_status(xml::child(payload, LU, "Status").ok()?)?;
        let outputs: Vec<Node> = xml::children(payload, IMS, "MappingOutput").take(INPUTS_MAX + 1).collect();
        if outputs.len() > INPUTS_MAX {
            return None;
        }
        Some(Self { status, outputs: outputs.into_iter().map(Output::read).collect::<Option<_>>()? })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.start(IMS, RESPONSE, &[]);
        self.status.write(w);
        for output in &self.outputs {
            let request = output.request.as_deref().map(|id| Attr::plain("reqRef", id));
            w.start(IMS, "MappingOutput", request.as_slice());
            output.token.write(w);
            w.end();
        }
        w.end();
    }
}

impl Output {
    fn read(output: Node) -> Option<Self> {
        let request = xml::unqualified(output, "reqRef");
        if request.is_some_and(|id| !is_identifier(id)) {
            return None;
        }
        let token = CarriedToken::read(xml::child(output, SEC, "Token").ok()?).ok()?;
        Some(Self { request: request.map(str::to_owned), token })
    }
}
