//! The agreement: the supply that is proposed, for which end client and through whom.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Located, PartyName, Source, Term};

/// A proposed supply.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// The file that it was read from.
    pub source: Arc<Source>,
    /// The agreement's own identifier.
    pub id: String,
    /// Who supplies; the policy's controller.
    pub supplier: Located<PartyName>,
    /// What the client will use the data for.
    pub purpose: Located<Term>,
    /// Channels that the client will use; not empty.
    pub channels: Vec<String>,
    /// The day of delivery.
    pub delivery: Date,
    /// The data categories that are supplied.
    pub data: RequestedData,
    /// When the client must have deleted the data.
    pub delete_by: Option<Date>,
    /// Who stands between supplier and client.
    pub intermediary: Option<Intermediary>,
    /// The end clients, who will really use the data; at least one.
    pub clients: Vec<Client>,
    /// A limit on the area supplied.
    pub territory: Option<Territory>,
}

impl Agreement {
    /// The name of an intermediary who acts on the client's instructions.
    pub fn processor(&self) -> Option<&PartyName> {
        let between = self.intermediary.as_ref()?;
        match between.role {
            IntermediaryRole::Processor => Some(&between.name.value),
            IntermediaryRole::Controller => None,
        }
    }
}

/// Which data an agreement asks for.
#[derive(Debug, Clone)]
pub enum RequestedData {
    /// Every column; each must stand in a category.
    All,
    /// The columns of these categories alone; not empty.
    Categories(Vec<Located<String>>),
}

/// A party between supplier and client.
#[derive(Debug, Clone)]
pub struct Intermediary {
    /// Its name.
    pub name: Located<PartyName>,
    /// Whether it decides on the data itself.
    pub role: IntermediaryRole,
    /// Its sector. Always there where the role is `Controller`; where it is there for a processor it is checked but not tested.
    pub sector: Option<Located<Term>>,
}

/// An intermediary's part under data protection law (UK GDPR article 4(7) and 4(8)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntermediaryRole {
    /// It acts on the client's instructions.
    Processor,
    /// It decides itself, and so must have been disclosed as a recipient.
    Controller,
}

/// An end client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its name.
    pub name: Located<PartyName>,
    /// Its sector, which a disclosed recipient category must cover.
    pub sector: Located<Term>,
}

/// A limit on the area supplied.
#[derive(Debug, Clone)]
pub struct Territory {
    /// The record's column.
    pub column: Located<String>,
    /// The values within it, of `include` and `include_file` together; not empty.
    pub values: Vec<String>,
    /// The include file, if there is one: path and digest-able bytes.
    pub include_file: Option<Arc<Source>>,
}
