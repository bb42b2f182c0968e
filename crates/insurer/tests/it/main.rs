//! The node as its partners see it: files in, questions in, answers out, on every database engine at hand.

#[cfg(test)]
mod access_log;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod client_keys;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod consent_matrix;
#[cfg(test)]
mod console;
#[cfg(test)]
mod contact;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod eligibility;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod findable;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod links;
#[cfg(test)]
mod people;
#[cfg(test)]
mod previews;
#[cfg(test)]
mod record_answers;
#[cfg(test)]
mod records;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod region;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod secrecy;
