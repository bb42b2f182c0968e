//! Several entities in one file.

use saml::EntityId;
use saml::metadata;

use crate::world::{codes, good, now, replaced};

const OPEN: &str = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"";

/// The entity alone, with another ID.
fn entity(number: usize) -> String {
    let text = good();
    let (_, element) = text.split_once("?>").unwrap();
    let element = replaced(element, "ID=\"_1\"", &format!("ID=\"_{number}\""));
    replaced(&element, "https://phr.example/metadata", &format!("https://phr.example/{number}"))
}

fn identity_provider() -> String {
    let text = entity(99).replace("SPSSODescriptor", "IDPSSODescriptor");
    replaced(&text, "https://phr.example/99", "https://idp.example/")
}

fn found(text: &str, wanted: Option<&str>) -> Result<String, Vec<String>> {
    let wanted = wanted.map(|id| EntityId::parse(id).unwrap());
    match metadata::read(text.as_bytes(), wanted.as_ref(), now()) {
        Ok((provider, _)) => Ok(provider.entity.to_string()),
        refused => Err(codes(refused)),
    }
}

#[test]
fn an_entity_is_looked_up_by_its_id_also_in_groups_of_groups() {
    let text = format!(
        "{OPEN}>{}{OPEN} Name=\"inner\">{}{}</md:EntitiesDescriptor></md:EntitiesDescriptor>",
        entity(1),
        identity_provider(),
        entity(2)
    );
    assert_eq!(found(&text, Some("https://phr.example/2")).unwrap(), "https://phr.example/2");
    assert_eq!(found(&text, Some("https://phr.example/3")).unwrap_err(), ["MD-03!"]);
    assert_eq!(found(&text, Some("https://idp.example/")).unwrap_err(), ["MD-09!"]);
    assert_eq!(found(&text, None).unwrap_err(), ["MD-03!"], "two services, and none is named");
}

#[test]
fn the_only_service_needs_no_name() {
    let text = format!("{OPEN}>{}{}</md:EntitiesDescriptor>", identity_provider(), entity(5));
    assert_eq!(found(&text, None).unwrap(), "https://phr.example/5");
    assert_eq!(found(&good(), None).unwrap(), "https://phr.example/metadata");
    assert_eq!(found(&good(), Some("https://phr.example/metadata")).unwrap(), "https://phr.example/metadata");
    assert_eq!(found(&good(), Some("https://phr.example/metadata/")).unwrap_err(), ["MD-03!"]);
    assert_eq!(found(&format!("{OPEN}/>"), None).unwrap_err(), ["MD-09!"]);
}

#[test]
fn an_entity_described_twice_is_refused() {
    let again = replaced(&entity(1), "ID=\"_1\"", "ID=\"_2\"");
    let text = format!("{OPEN}>{}{again}</md:EntitiesDescriptor>", entity(1));
    assert_eq!(found(&text, Some("https://phr.example/1")).unwrap_err(), ["MD-03!"]);
}

#[test]
fn the_earliest_end_around_an_entity_holds() {
    let within = |end: &str| format!("{OPEN} validUntil=\"{end}\">{}</md:EntitiesDescriptor>", entity(1));
    assert_eq!(found(&within("2026-11-01T00:00:00Z"), None).unwrap_err(), ["MD-05!"]);
    let text = within("2027-03-01T00:00:00Z");
    let (provider, _) = metadata::read(text.as_bytes(), None, now()).map_err(|report| report.to_string()).unwrap();
    assert_eq!(provider.valid_until, Some("2027-03-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn an_entity_inside_an_extension_is_none() {
    let hidden = format!("{OPEN}><md:Extensions>{}</md:Extensions></md:EntitiesDescriptor>", entity(1));
    assert_eq!(found(&hidden, Some("https://phr.example/1")).unwrap_err(), ["MD-03!"]);
}

#[test]
fn more_entities_than_a_region_has_are_refused() {
    let text = format!("{OPEN}>{}</md:EntitiesDescriptor>", "<md:EntityDescriptor entityID=\"urn:x\"/>".repeat(10_001));
    assert_eq!(found(&text, Some("urn:y")).unwrap_err(), ["MD-03!"]);
}
