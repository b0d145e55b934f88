//! SARIF 2.1.0, as code-scanning services read it. Each claim is a result with its state against
//! the nights before: `new`, `unchanged`, `absent` (fixed).

use std::collections::BTreeSet;

use properties::property;
use serde_json::{Value, json};

use crate::summary::{Summary, Violation};
use crate::unit::stable_hash;

/// Where the SARIF schema is.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report of a night.
#[must_use]
pub fn sarif(summary: &Summary) -> Value {
    let ids: BTreeSet<&str> = summary
        .violations
        .iter()
        .map(|v| v.property.as_str())
        .collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id)).collect();
    let mut results: Vec<Value> = summary.violations.iter().map(result).collect();
    results.extend(summary.fixed.iter().map(|key| fixed(key)));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "shutcheck",
                "semanticVersion": summary.version,
                "rules": rules,
            } },
            "automationDetails": { "id": format!("shutcheck-nightly/{}", summary.night) },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(id: &str) -> Value {
    match property(id) {
        Some(p) => json!({
            "id": id,
            "shortDescription": { "text": p.sentence },
            "fullDescription": { "text": format!("{} Promised in: {}.", p.matters, p.source) },
        }),
        None => json!({ "id": id, "shortDescription": { "text": id } }),
    }
}

fn result(v: &Violation) -> Value {
    let (level, state) = match v.status {
        "new" => ("error", "new"),
        "first" => ("warning", "new"),
        _ => ("note", "unchanged"),
    };
    let text = format!(
        "`{}` does not keep `{}` in {}: {}. Show it with `{}`.",
        v.design,
        v.property,
        v.place,
        v.message,
        v.command()
    );
    let mut value = json!({
        "ruleId": v.property,
        "level": level,
        "baselineState": state,
        "message": { "text": text },
        "locations": [location(&v.key, &v.file.clone().unwrap_or_else(|| file_of(v)))],
        "partialFingerprints": { "claim/v1": fingerprint(&v.claim) },
    });
    if let (Some(reason), Some(fields)) = (&v.reason, value.as_object_mut()) {
        let accepted = json!([{ "kind": "external", "justification": reason }]);
        fields.insert("suppressions".to_owned(), accepted);
    }
    value
}

fn fixed(key: &str) -> Value {
    let property = key.rsplit('/').next().unwrap_or_default();
    json!({
        "ruleId": property,
        "level": "none",
        "baselineState": "absent",
        "message": { "text": format!("`{key}` is not violated any more.") },
        "locations": [{ "logicalLocations": [{ "fullyQualifiedName": key }] }],
        "partialFingerprints": { "claim/v1": fingerprint(key) },
    })
}

fn location(key: &str, file: &str) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": { "startLine": 1 },
        },
        "logicalLocations": [{ "fullyQualifiedName": key }],
    })
}

/// The file of the project that a violation without a file of its own belongs to.
#[must_use]
pub fn file_of(v: &Violation) -> String {
    let part = v.unit.split('/').next().unwrap_or_default();
    let is_file = std::path::Path::new(&v.place)
        .extension()
        .is_some_and(|e| e == "toml");
    match part {
        "history" => "sim/src/history.rs".to_owned(),
        _ if is_file => v.place.clone(),
        _ if sim::scenarios::built_in(&v.place).is_some() => {
            format!("sim/scenarios/{}.toml", v.place)
        }
        _ => "sim/src/parts.rs".to_owned(),
    }
}

fn fingerprint(claim: &str) -> String {
    format!("{:016x}", stable_hash(claim.as_bytes()))
}

/// A path as a URI reference: what may not stand in one is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_uris() {
        assert_eq!(
            super::uri("corpus/pg17+x=y a.toml"),
            "corpus/pg17%2Bx%3Dy%20a.toml"
        );
    }
}
