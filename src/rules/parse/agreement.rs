//! Reads an agreement, and checks it against the policy as it goes.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::document;
use super::keys::{
    AGREEMENT, CLIENT, INTERMEDIARY, NEAREST_SOUGHT_MAX, TERRITORY, listed, nearest,
};
use super::log::FaultLog;
use super::policy::PolicyDraft;
use super::suppression::file;
use super::table::{Entry, Table};
use super::values::{AllowedTerms, check_schema, column, party, plains, some_plains, term, values};
use crate::rules::territory::load_include_file;
use crate::rules::{
    Agreement, Client, Intermediary, IntermediaryRole, Located, PartyName, RequestedData, Territory,
};

/// What is read of an agreement.
#[derive(Debug, Default)]
pub(in crate::rules) struct AgreementDraft {
    /// The agreement; `None` if a part of it could not be read.
    pub(in crate::rules) agreement: Option<Agreement>,
    /// The day of delivery, readable even where other parts are not.
    pub(in crate::rules) delivery: Option<jiff::civil::Date>,
}

/// Reads an agreement; its faults, and those between it and the policy, go to the log.
pub(in crate::rules) fn parse_agreement(policy: &PolicyDraft, log: &FaultLog) -> AgreementDraft {
    let source = Arc::clone(log.source());
    let Some(root) = document::parse(&source.text, &AGREEMENT, log) else {
        return AgreementDraft::default();
    };
    let table = Table::new(root.get_ref(), 0..0, &AGREEMENT, log);
    let delivery = table
        .required("delivery", "delivery = 2017-05-05")
        .and_then(|entry| entry.date());
    let delivery = delivery.map(|day| day.value);
    AgreementDraft {
        agreement: agreement(&table, policy, delivery, log),
        delivery,
    }
}

fn agreement(
    table: &Table<'_>,
    policy: &PolicyDraft,
    delivery: Option<jiff::civil::Date>,
    log: &FaultLog,
) -> Option<Agreement> {
    let sectors = AllowedTerms {
        key: "recipients",
        terms: policy
            .vocabulary
            .as_ref()
            .map(|vocabulary| &vocabulary.recipients),
    };
    let purposes = AllowedTerms {
        key: "purposes",
        terms: policy
            .vocabulary
            .as_ref()
            .map(|vocabulary| &vocabulary.purposes),
    };

    check_schema(table);
    let id = table
        .required("id", r#"id = "DSA-2017-05""#)
        .and_then(|entry| entry.text());
    let supplier = table
        .required("supplier", r#"supplier = "…""#)
        .and_then(|entry| supplier(&entry, policy.controller.as_ref()));
    let purpose = table
        .required("purpose", r#"purpose = "marketing/direct""#)
        .and_then(|entry| term(&entry, purposes));
    let channels = table
        .required("channels", r#"channels = ["postal"]"#)
        .and_then(|entry| {
            some_plains(
                &entry,
                "a channel",
                "list the channels that the client will use",
            )
        });
    let data = table
        .required("data", r#"data = ["name"]"#)
        .and_then(|entry| requested_data(&entry, policy.category_names.as_deref()));
    let delete_by = match table.optional("delete_by") {
        None => Some(None),
        Some(entry) => entry.date().map(Some),
    };
    let intermediary = match table.optional("intermediary") {
        None => Some(None),
        Some(entry) => intermediary(&entry, sectors).map(Some),
    };
    let clients = clients(table, sectors);
    if let (Some(Some(between)), Some(clients)) = (&intermediary, &clients) {
        check_intermediary_is_no_client(between, clients, log);
    }
    let territory = match table.optional("territory") {
        None => Some(None),
        Some(entry) => territory(&entry).map(Some),
    };

    Some(Agreement {
        source: Arc::clone(log.source()),
        id: id?.value.to_owned(),
        supplier: supplier?,
        purpose: purpose?,
        channels: values(channels?),
        delivery: delivery?,
        data: data?,
        delete_by: delete_by?.map(|day| day.value),
        intermediary: intermediary?,
        clients: clients?,
        territory: territory?,
    })
}

fn supplier(
    entry: &Entry<'_>,
    controller: Option<&Located<PartyName>>,
) -> Option<Located<PartyName>> {
    let supplier = party(entry, "the supplier")?;
    if let Some(controller) = controller
        && controller.value != supplier.value
    {
        entry.log().report(
            &supplier.span,
            "the supplier is not the policy's controller",
            format!(
                "use this supplier's own policy; the controller of this one is `{}`",
                controller.value.as_written()
            ),
        );
    }
    Some(supplier)
}

fn requested_data(entry: &Entry<'_>, known: Option<&[String]>) -> Option<RequestedData> {
    if entry.is_text() {
        let text = entry.text()?;
        if text.value == "all" {
            return Some(RequestedData::All);
        }
        entry.log().report(
            &text.span,
            "`data` is neither a list nor \"all\"",
            if text.value.eq_ignore_ascii_case("all") {
                "write \"all\"".to_owned()
            } else {
                format!(
                    "write [\"{}\"] for this category alone, or \"all\"",
                    text.value
                )
            },
        );
        return None;
    }
    let categories = some_plains(
        entry,
        "a data category",
        "list the data categories that are supplied, or write \"all\"",
    )?;
    if let Some(known) = known {
        let is_known: HashSet<&str> = known.iter().map(String::as_str).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let unknown = categories
            .iter()
            .filter(|item| !is_known.contains(item.value.as_str()));
        for (number, category) in unknown.enumerate() {
            let near = (number < NEAREST_SOUGHT_MAX)
                .then(|| nearest(&category.value, known.iter().copied()))
                .flatten();
            let help = match near {
                _ if category.value == "all" => {
                    "write `data = \"all\"`, without a list, if all data are meant".to_owned()
                }
                Some(name) => format!("write \"{name}\", if that is what is meant"),
                None => format!(
                    "write one of {}, or add the category to the policy",
                    listed(&known)
                ),
            };
            entry.log().report(
                &category.span,
                format!("the policy has no data category `{}`", category.value),
                help,
            );
        }
    }
    Some(RequestedData::Categories(categories))
}

fn intermediary(entry: &Entry<'_>, sectors: AllowedTerms<'_>) -> Option<Intermediary> {
    let table = entry.table(&INTERMEDIARY)?;
    let name = table
        .required("name", r#"name = "…""#)
        .and_then(|entry| party(&entry, "the intermediary"));
    let role = table
        .required("role", r#"role = "processor""#)
        .and_then(|entry| role(&entry));
    let sector = match table.optional("sector") {
        None => Some(None),
        Some(entry) => term(&entry, sectors).map(Some),
    };
    if role == Some(IntermediaryRole::Controller) && !table.has("sector") {
        entry.log().report(
            table.header(),
            "an intermediary who is a controller has no `sector`",
            "add `sector = \"…\"`: people must have been told of a controller, as of a client",
        );
        return None;
    }
    Some(Intermediary {
        name: name?,
        role: role?,
        sector: sector?,
    })
}

fn role(entry: &Entry<'_>) -> Option<IntermediaryRole> {
    let text = entry.text()?;
    match text.value {
        "processor" => Some(IntermediaryRole::Processor),
        "controller" => Some(IntermediaryRole::Controller),
        _ => {
            entry.log().report(
                &text.span,
                format!("`{}` is no role", text.value),
                "write \"processor\" if it acts on the client's instructions, or \"controller\" if it decides itself",
            );
            None
        }
    }
}

fn clients(table: &Table<'_>, sectors: AllowedTerms<'_>) -> Option<Vec<Client>> {
    let entry = table.required_or_help(
        "client",
        "add `[[client]]`, with `name` and `sector` of who will really use the data",
    )?;
    let tables = entry.tables(&CLIENT)?;
    if tables.is_empty() {
        entry.log().report(
            entry.span(),
            "the agreement has no end client",
            "add `[[client]]`, with `name` and `sector` of who will really use the data",
        );
        return None;
    }
    Some(
        tables
            .iter()
            .filter_map(|table| client(table, sectors))
            .collect(),
    )
}

fn client(table: &Table<'_>, sectors: AllowedTerms<'_>) -> Option<Client> {
    let name = table
        .required("name", r#"name = "…""#)
        .and_then(|entry| party(&entry, "a client"));
    let sector = table
        .required("sector", r#"sector = "retail/baby-products""#)
        .and_then(|entry| term(&entry, sectors));
    Some(Client {
        name: name?,
        sector: sector?,
    })
}

fn check_intermediary_is_no_client(between: &Intermediary, clients: &[Client], log: &FaultLog) {
    if clients
        .iter()
        .any(|client| client.name.value == between.name.value)
    {
        log.report(
            &between.name.span,
            format!("the intermediary `{}` is also a client", between.name.value.as_written()),
            "name as client who will really use the data, and remove `[intermediary]` if nobody stands between",
        );
    }
}

fn territory(entry: &Entry<'_>) -> Option<Territory> {
    let table = entry.table(&TERRITORY)?;
    let column = table
        .required("column", r#"column = "…""#)
        .and_then(|entry| column(&entry));
    let included = match table.optional("include") {
        None => Some(Vec::new()),
        Some(entry) => plains(&entry, "a value of the territory"),
    };
    let loaded = match table.optional("include_file") {
        None => Some(None),
        Some(named) => {
            let file = file(&named)?;
            let folder = entry.log().source().path.parent().unwrap_or(Path::new(""));
            match load_include_file(&folder.join(&file.value)) {
                Ok(loaded) => Some(Some(loaded)),
                Err(failure) => {
                    failure.report(&file.span, entry.log());
                    None
                }
            }
        }
    };
    let (mut included, loaded) = (values(included?), loaded?);
    let mut include_file = None;
    if let Some((source, lines)) = loaded {
        included.extend(lines);
        include_file = Some(source);
    }
    if included.is_empty() {
        entry.log().report(
            table.header(),
            "the territory is empty: every record would be withheld",
            "list its values in `include`, or in the file that `include_file` names; or remove `[territory]` if there is no limit",
        );
        return None;
    }
    Some(Territory {
        column: column?,
        values: included,
        include_file,
    })
}
