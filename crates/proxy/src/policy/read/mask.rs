//! Field masks: every path is looked up in the contract, so that a mistyped one hides nothing in silence.

use super::Reader;
use crate::caller::Role;
use crate::policy::{AnswerMask, Mask, Policy, mask::resolve};
use loyalty_contract::schema::Record;
use loyalty_contract::{Endpoint, Operation};
use serde_json::Value;

impl Reader {
    pub(super) fn masks(&mut self, policy: &mut Policy, value: &Value) {
        let roles = Role::ALL.map(Role::as_str);
        let Some(masks) = self.object("$.masks", value, &roles) else { return };
        for role in Role::ALL {
            let Some(value) = masks.get(role.as_str()) else { continue };
            let path = format!("$.masks.{}", role.as_str());
            let Some(map) = self.object(&path, value, &[]) else { continue };
            for (name, value) in map {
                let path = format!("{path}.{name}");
                let Some(operation) = Operation::from_name(name) else {
                    self.mistake(&path, super::grant::unknown_operation(name));
                    continue;
                };
                let granted = policy.granted(role, operation).is_some()
                    || (operation == Operation::Earn && policy.earns(role));
                if !granted {
                    self.mistake(
                        &path,
                        format!("the {} is not granted {name}; grant it or take the mask out", role.as_str()),
                    );
                }
                if let Some(mask) = self.mask(&path, operation.endpoint(), value) {
                    policy.masks.insert((role, operation), mask);
                }
            }
        }
    }

    fn mask(&mut self, path: &str, endpoint: &'static Endpoint, value: &Value) -> Option<Mask> {
        let map = self.object(path, value, &["send", "see", "hide"])?;
        if map.is_empty() {
            self.mistake(path, "is empty; say what to send, see or hide");
        }
        if map.contains_key("see") && map.contains_key("hide") {
            self.mistake(path, "has both see and hide; keep one");
        }
        let mut paths = |field: &str, record: &'static Record| {
            map.get(field).map(|value| self.paths(&format!("{path}.{field}"), record, value, field))
        };
        let send = paths("send", endpoint.request);
        let see = paths("see", endpoint.response).map(AnswerMask::See);
        let hide = paths("hide", endpoint.response).map(AnswerMask::Hide);
        if let Some(send) = &send {
            for field in endpoint.request.fields.iter().filter(|field| field.required) {
                let in_path = endpoint.path.contains(&format!("{{{}}}", field.name));
                let root = |path: &String| path.split('.').next() == Some(field.name);
                if !in_path && !send.iter().any(root) {
                    self.mistake(
                        &format!("{path}.send"),
                        format!("every call needs \"{}\"; add it", field.name),
                    );
                }
            }
        }
        Some(Mask { send, answer: see.or(hide) })
    }

    fn paths(&mut self, path: &str, record: &'static Record, value: &Value, field: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for (at, text) in self.list(path, value, "field paths") {
            match resolve(record, text) {
                Err(part) => {
                    let near = super::nearest(part, record.fields.iter().map(|field| field.name));
                    let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                    self.mistake(&at, format!("\"{text}\" leads nowhere: there is no \"{part}\"{hint}"));
                }
                Ok(true) if field == "hide" => {
                    self.mistake(
                        &at,
                        format!(
                            "\"{text}\" is in every answer, and clients refuse one without it; hide an optional field"
                        ),
                    );
                }
                Ok(_) => paths.push(text.to_owned()),
            }
        }
        paths
    }
}
