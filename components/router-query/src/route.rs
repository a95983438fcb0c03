//! The decision: pass, or make the picture that the query describes from the source at the same path.

use lucarne_guest::router::{ImageFormat, ImageRoute, Refusal, Route, Target};

use crate::parameters::Parameters;
use crate::plan::plan;
use crate::query::pairs;
use crate::settings::Settings;

/// Decides where a request goes; `path` and `query` are as the world `router` gives them.
///
/// `settings` is called only if the query describes a picture, `negotiate` (the best of these formats for the client)
/// only if the picture depends on it.
///
/// # Errors
///
/// A refusal with status 400 names the parameter that is wrong and what it accepts.
pub fn route(
    path: &str,
    query: Option<&str>,
    settings: impl FnOnce() -> Settings,
    negotiate: impl FnOnce(&[ImageFormat]) -> Option<ImageFormat>,
) -> Result<Route, Refusal> {
    let path = path.to_owned();
    let Some((query, parameters)) = picture(query)? else {
        return Ok(Route::Pass(Target { path, query: query.map(str::to_owned) }));
    };
    let settings = settings();
    let plan = plan(&parameters, &settings.defaults, negotiate)?;
    let source = Target { path, query: forwarded(query, &settings) };
    Ok(Route::Image(ImageRoute { source, plan, not_after: None }))
}

fn picture(query: Option<&str>) -> Result<Option<(&str, Parameters<'_>)>, Refusal> {
    let Some(query) = query else { return Ok(None) };
    let parameters = Parameters::parse(query)?;
    Ok(parameters.map(|parameters| (query, parameters)))
}

/// The pieces of the query that the source is asked with: those that the settings name, as sent and in their order.
fn forwarded(query: &str, settings: &Settings) -> Option<String> {
    let mut source: Option<String> = None;
    for pair in pairs(query).filter(|pair| settings.forwards(pair.name)) {
        match &mut source {
            Some(source) => {
                source.push('&');
                source.push_str(pair.piece);
            }
            None => source = Some(pair.piece.to_owned()),
        }
    }
    source
}
