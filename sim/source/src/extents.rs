//! Where the functions of a C file begin and end.
//!
//! PostgreSQL's layout, which pgindent keeps: the name stands at column 0 and is followed by `(`,
//! the body is between a `{` and a `}` at column 0. No macro is expanded; a function that stands
//! twice, under `#ifdef`, has two extents.

/// A function, by its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Its name.
    pub(crate) name: String,
    /// The line of its name, from 1.
    pub(crate) first: usize,
    /// The line of the closing brace.
    pub(crate) last: usize,
}

/// All functions of `text`.
pub(crate) fn extents(text: &str) -> Vec<Extent> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((name, body)) = head(&lines, at) else {
            at += 1;
            continue;
        };
        let Some(length) = lines[body..].iter().position(|l| l.starts_with('}')) else {
            break;
        };
        let last = body + length;
        found.push(Extent {
            name: name.to_owned(),
            first: at + 1,
            last: last + 1,
        });
        at = last + 1;
    }
    found
}

/// If a function's name stands on line `at`: the name, and the index of the line with its `{`.
fn head<'a>(lines: &[&'a str], at: usize) -> Option<(&'a str, usize)> {
    let line = lines[at];
    if !starts_a_word(line) || line.starts_with("typedef") {
        return None;
    }
    let before = line.split_once('(')?.0;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = before.rsplit(|c| !is_word(c)).next()?;
    if name.is_empty() || before.contains('=') {
        return None;
    }
    for (n, line) in lines.iter().enumerate().skip(at) {
        if line.starts_with('{') {
            return Some((name, n));
        }
        let next_begins = n > at && starts_a_word(line);
        if line.contains(';') || line.starts_with(['}', '#']) || next_begins {
            return None;
        }
    }
    None
}

fn starts_a_word(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The text of all functions called `name`, without comments and without white space, so that only
/// a change of the code changes it. `None`: there is no such function.
pub(crate) fn code(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut code = String::new();
    for extent in extents(text).iter().filter(|e| e.name == name) {
        for line in &lines[extent.first - 1..extent.last] {
            code.push_str(line);
            code.push('\n');
        }
    }
    (!code.is_empty()).then(|| bare(&code))
}

/// C without comments and white space; strings stay as they are.
fn bare(code: &str) -> String {
    let mut bare = String::new();
    let mut rest = code.chars().peekable();
    let mut quote = None;
    while let Some(c) = rest.next() {
        if let Some(end) = quote {
            bare.push(c);
            if c == '\\' {
                bare.extend(rest.next());
            } else if c == end {
                quote = None;
            }
        } else if c == '/' && rest.peek() == Some(&'*') {
            rest.next();
            let mut before = ' ';
            for c in rest.by_ref() {
                if before == '*' && c == '/' {
                    break;
                }
                before = c;
            }
        } else if !c.is_whitespace() {
            if matches!(c, '"' | '\'') {
                quote = Some(c);
            }
            bare.push(c);
        }
    }
    bare
}

/// A fingerprint: FNV-1a, 64 bits, the same on every machine.
pub(crate) fn fingerprint(code: &str) -> String {
    let hash = code.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::{code, extents};

    const FILE: &str = "\
#include \"postgres.h\"

static void WalSndKill(int code, Datum arg);
static const int table[] = {
\t1,
};
PG_FUNCTION_INFO_V1(pg_logical);

/* a comment (with parentheses) */
static void
WalSndKill(int code, Datum arg)
{
\t/* said { here */
\tif (code)
\t{
\t\telog(LOG, \"a /* b */ c\");
\t}
}

int main(int argc,
\t\t char **argv)
{
}
";

    #[test]
    fn functions_are_found_by_their_layout() {
        let found: Vec<(String, usize, usize)> = extents(FILE)
            .into_iter()
            .map(|e| (e.name, e.first, e.last))
            .collect();
        let expected = [("WalSndKill", 11, 18), ("main", 20, 23)];
        assert_eq!(found, expected.map(|(n, a, b)| (n.to_owned(), a, b)));
    }

    #[test]
    fn only_code_counts() {
        let reformatted = FILE
            .replace("/* said { here */", "/* says */")
            .replace('\t', "  ");
        assert_eq!(code(FILE, "WalSndKill"), code(&reformatted, "WalSndKill"));
        let changed = FILE.replace("b */ c", "b */ d");
        assert_ne!(code(FILE, "WalSndKill"), code(&changed, "WalSndKill"));
        assert_eq!(code(FILE, "pg_logical"), None);
    }
}
