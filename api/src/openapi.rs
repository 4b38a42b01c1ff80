//! The `OpenAPI` document, made from the handlers and the shapes they answer. Knows no request.

use std::sync::LazyLock;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
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
        routes::fitted::lifetime_value,
        routes::fitted::cohorts,
        routes::fitted::churn,
        routes::fitted::segments,
        routes::fitted::elasticity,
        routes::fitted::classes,
        routes::fitted::reorder,
        routes::fitted::bought_together,
        routes::fitted::forecast,
        routes::fitted::anomalies,
        routes::inventory::receive,
        routes::orders::receive,
        routes::arrivals::latest,
        routes::stream::sales,
        routes::seed::load,
    ),
    components(schemas(Problem)),
    modifiers(&Keys),
    tags(
        (name = "analytics", description = "Reports"),
        (name = "models", description = "What is learnt from the orders, fitted off the request path"),
        (name = "orders", description = "Orders on their way in"),
        (name = "service", description = "The service itself"),
    )
)]
struct Api;

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
