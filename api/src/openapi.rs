//! The `OpenAPI` document, made from the handlers and the shapes they answer. Knows no request.

use std::sync::LazyLock;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{error::Problem, routes};

/// The document, made once.
pub fn document() -> &'static utoipa::openapi::OpenApi {
    static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Api::openapi);
    &DOCUMENT
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "E-commerce Analytics Platform API",
        description = "Orders in, exact reports out. Errors are `application/problem+json`. \
            Outside the environments `local` and `development` an API key is needed.",
        license(name = "MIT", identifier = "MIT")
    ),
    paths(
        routes::root::show,
        routes::health::ready,
        routes::health::live,
        routes::metrics::show,
        routes::sales::sales,
        routes::customers::customers,
        routes::products::products,
        routes::fitted::customers::lifetime_value,
        routes::fitted::customers::cohorts,
        routes::fitted::customers::churn,
        routes::fitted::customers::segments,
        routes::fitted::products::elasticity,
        routes::fitted::products::classes,
        routes::fitted::products::reorder,
        routes::fitted::products::demand,
        routes::fitted::products::bought_together,
        routes::fitted::sales::forecast,
        routes::fitted::sales::anomalies,
        routes::fitted::products::product_anomalies,
        routes::inventory::receive,
        routes::orders::receive,
        routes::arrivals::latest,
        routes::stream::sales,
        routes::seed::load,
        routes::audit::latest,
    ),
    components(schemas(Problem)),
    modifiers(&Keys, &Examples),
    tags(
        (name = "analytics", description = "Reports"),
        (name = "models", description = "What is learnt from the orders, fitted off the request path"),
        (name = "orders", description = "Orders on their way in"),
        (name = "service", description = "The service itself"),
    )
)]
struct Api;

/// Questions to the sample of real orders, and what they are answered: a test asks them again.
const EXAMPLES: [(&str, &str); 3] = [
    ("/api/v1/analytics/sales", include_str!("openapi/sales.json")),
    ("/api/v1/analytics/customers", include_str!("openapi/customers.json")),
    ("/api/v1/analytics/products", include_str!("openapi/products.json")),
];

/// A question and its answer.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Example {
    pub(crate) query: String,
    pub(crate) answer: serde_json::Value,
}

/// Each example with its path.
#[cfg(test)]
pub(crate) fn examples() -> impl Iterator<Item = (&'static str, Example)> {
    EXAMPLES.into_iter().map(|(path, text)| (path, serde_json::from_str(text).expect("an example")))
}

struct Examples;

impl Modify for Examples {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, text) in EXAMPLES {
            let Ok(example) = serde_json::from_str::<Example>(text) else { continue };
            let operation = openapi.paths.paths.get_mut(path).and_then(|item| item.get.as_mut());
            let Some(operation) = operation else { continue };
            operation.description =
                Some(format!("Of the sample, `?{}` has the answer shown.", example.query));
            let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") else { continue };
            if let Some(RefOr::T(content)) = response.content.get_mut("application/json") {
                content.example = Some(example.answer);
            }
        }
    }
}

struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("eap_<id>_<secret>")
            .description(Some("An API key with the scope read, ingest or admin."))
            .build();
        if let Some(components) = &mut openapi.components {
            components.add_security_scheme("key", SecurityScheme::Http(scheme));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_up_to_date() {
        let committed = include_str!("../openapi.json");
        let made = serde_json::to_string_pretty(document()).unwrap() + "\n";
        assert!(committed == made, "run `eap-api openapi > api/openapi.json`");
    }

    #[test]
    fn every_example_is_shown() {
        let document = serde_json::to_value(document()).unwrap();
        for (path, example) in examples() {
            let shown = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"];
            assert_eq!(shown["example"], example.answer, "{path}");
        }
    }
}
