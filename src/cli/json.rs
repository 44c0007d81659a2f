//! JSON for machines and for people: what is short stands on one line, what is long is indented.

use serde_json::Value;

/// Characters of an array or object that stands on one line.
const LINE_CHARS: usize = 160;

/// A JSON text that ends in a newline.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    let (open, close, is_empty) = match value {
        Value::Array(items) => ('[', ']', items.is_empty()),
        Value::Object(fields) => ('{', '}', fields.is_empty()),
        _ => return *out += &value.to_string(),
    };
    // Only a member can be short: the whole text is read from top to bottom.
    let line = if depth > 0 || is_empty { value.to_string() } else { String::new() };
    if !line.is_empty() && line.chars().count() <= LINE_CHARS {
        return *out += &line;
    }
    out.push(open);
    let mut separator = "";
    let mut member = |out: &mut String, key: Option<&str>, value: &Value| {
        *out += separator;
        *out += "\n";
        *out += &"  ".repeat(depth + 1);
        if let Some(key) = key {
            *out += &Value::from(key).to_string();
            *out += ": ";
        }
        write(out, value, depth + 1);
        separator = ",";
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| member(out, None, item)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| member(out, Some(key), value)),
        _ => {}
    }
    *out += "\n";
    *out += &"  ".repeat(depth);
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn short_members_stand_on_one_line() {
        let value = json!({"a": {"b": [1, 2], "c": "d\""}, "e": [{"f": vec![1_000_000_000; 20]}], "g": []});
        let long = ["        1000000000"; 20].join(",\n");
        let wanted = [
            "{",
            r#"  "a": {"b":[1,2],"c":"d\""},"#,
            r#"  "e": ["#,
            "    {",
            r#"      "f": ["#,
            &long,
            "      ]",
            "    }",
            "  ],",
            r#"  "g": []"#,
            "}\n",
        ];
        assert_eq!(text(&value), wanted.join("\n"));
        assert_eq!(text(&json!({})), "{}\n");
    }

    proptest! {
        #[test]
        fn the_layout_changes_nothing(keys in prop::collection::vec("[a-z\"\\\\]{1,20}", 0..30), depth in 0_usize..5) {
            let mut value = json!(keys);
            for key in keys.iter().take(depth) {
                value = json!({key.as_str(): value, "n": [1.5, null, true]});
            }
            prop_assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value);
        }
    }
}
