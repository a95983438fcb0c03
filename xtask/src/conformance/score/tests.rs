//! How cases are counted.

use super::*;

fn case(id: &str, kind: Kind, depends_on: &[&str], outcome: Outcome) -> Case {
    let depends_on = depends_on.iter().map(|id| (*id).to_owned()).collect();
    Case { id: id.to_owned(), name: String::new(), kind, depends_on, browser_only: false, outcome }
}

fn failed(during: &str) -> Outcome {
    Outcome::Failed { during: during.to_owned(), message: "why".to_owned() }
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn what_depends_on_a_case_that_did_not_pass_does_not_count() {
    let browsers = Case { browser_only: true, ..case("browser", Kind::Check, &[], Outcome::NotRun) };
    let score = Score::of_any(vec![
        case("yes", Kind::Check, &[], Outcome::Passed),
        case("no", Kind::Check, &[], failed("Assertion")),
        case("on-yes", Kind::Required, &["yes"], Outcome::Passed),
        case("on-no", Kind::Required, &["yes", "no"], Outcome::Passed),
        case("on-on-no", Kind::Optimal, &["on-no"], Outcome::Passed),
        case("on-browser", Kind::Optimal, &["browser"], Outcome::Passed),
        case("setup", Kind::Required, &[], failed("Setup")),
        case("error", Kind::Required, &[], failed("TypeError")),
        browsers,
    ]);
    let verdicts: Vec<_> = score.cases.iter().map(|case| score.verdict(case)).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Passed,
            Verdict::Failed("why"),
            Verdict::Passed,
            Verdict::Dependency("no"),
            Verdict::Dependency("on-no"),
            Verdict::Dependency("browser"),
            Verdict::Setup("why"),
            Verdict::Failed("why"),
        ]
    );
    assert_eq!(score.passing(), ids(&["on-yes"]), "checks are answers and do not pass");
}

#[test]
fn a_recorded_case_is_tried_again_with_what_it_depends_on() {
    let mut score = Score::of_any(vec![
        case("base", Kind::Check, &[], failed("Assertion")),
        case("on-base", Kind::Required, &["base"], Outcome::Passed),
        case("other", Kind::Required, &[], failed("Assertion")),
    ]);
    let recorded = ids(&["on-base"]);
    assert_eq!(score.failed_behind(&recorded), ids(&["base"]));

    assert_eq!(score.pass(vec![case("base", Kind::Check, &[], failed("Assertion"))]), Vec::<String>::new());
    assert_eq!(score.passing(), ids(&[]));
    assert_eq!(score.pass(vec![case("base", Kind::Check, &[], Outcome::Passed)]), ["base"]);
    assert_eq!(score.failed_behind(&recorded), ids(&[]));
    assert_eq!(score.passing(), recorded);
}

#[test]
fn another_set_of_cases_is_not_scored() {
    assert!(Score::of(vec![case("one", Kind::Required, &[], Outcome::Passed)]).is_err());
}

#[test]
fn outcomes_are_read_as_the_client_writes_them() {
    for (text, outcome) in [
        (r#""passed""#, Outcome::Passed),
        (r#""not-run""#, Outcome::NotRun),
        (r#"{"failed": {"during": "Setup", "message": "why"}}"#, failed("Setup")),
    ] {
        assert_eq!(serde_json::from_str::<Outcome>(text).unwrap(), outcome, "{text}");
    }
}
