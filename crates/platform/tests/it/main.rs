//! The platform as people and partners meet it: through HTTP, with real insurers' nodes behind mutual TLS and virtual
//! cards on a reader, on every database engine at hand.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod authenticator;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod card;
#[cfg(test)]
mod clinic;
#[cfg(test)]
mod clinic_claims;
#[cfg(test)]
mod clinic_date;
#[cfg(test)]
mod consent_matrix;
#[cfg(test)]
mod consent_release;
#[cfg(test)]
mod contact;
#[cfg(test)]
mod crossing;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod dump_attack;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod exchange_again;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod holder;
#[cfg(test)]
mod idp_answer;
#[cfg(test)]
mod idp_backchannel;
#[cfg(test)]
mod idp_change;
#[cfg(test)]
mod idp_discreet;
#[cfg(test)]
mod idp_keys;
#[cfg(test)]
mod idp_logout;
#[cfg(test)]
mod idp_logout_kept;
#[cfg(test)]
mod idp_logout_said;
#[cfg(test)]
mod idp_query;
#[cfg(test)]
mod idp_refresh;
#[cfg(test)]
mod idp_refused;
#[cfg(test)]
mod idp_release;
#[cfg(test)]
mod idp_sso;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod links;
#[cfg(test)]
mod links_end;
#[cfg(test)]
mod links_ended_there;
#[cfg(test)]
mod links_form;
#[cfg(test)]
mod links_node;
#[cfg(test)]
mod node;
#[cfg(test)]
mod office;
#[cfg(test)]
mod office_compare;
#[cfg(test)]
mod office_expiry;
#[cfg(test)]
mod pairwise;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod records;
#[cfg(test)]
mod region_keys;
#[cfg(test)]
mod resident;
#[cfg(test)]
mod service;
#[cfg(test)]
mod session;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod wicked;
#[cfg(test)]
mod wsf_ask;
#[cfg(test)]
mod wsf_asking;
#[cfg(test)]
mod wsf_association;
#[cfg(test)]
mod wsf_demands;
#[cfg(test)]
mod wsf_discovery;
#[cfg(test)]
mod wsf_faults;
#[cfg(test)]
mod wsf_fetching;
#[cfg(test)]
mod wsf_grants;
#[cfg(test)]
mod wsf_mapping;
#[cfg(test)]
mod wsf_registry;
