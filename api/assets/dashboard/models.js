// What all models say of themselves: how they were fitted, or why there is no figure yet. Knows no model.

import { h } from "./dom.js";
import { instant } from "./format.js";
import { section } from "./parts.js";

/** What customers are expected to be worth. */
export const LIFETIME = "/api/v1/analytics/customers/lifetime-value";
/** The report of what was not as expected. */
export const ANOMALIES = "/api/v1/analytics/sales/anomalies";
/** The same of products, by week. */
export const PRODUCT_ANOMALIES = "/api/v1/analytics/products/anomalies";
/** Rows of a report: as many as the service gives. */
export const MOST_ROWS = 1000;

const REASONS = {
  no_variation: "All the orders are alike: nothing can be learnt from them.",
  out_of_domain: "The orders have values that the model is not made for.",
  not_converged: "No model fits the orders so far.",
  too_little_data: "There are too few orders for this yet. It appears by itself once there are enough.",
  pending: "This is being computed for the first time. Look again in a few minutes.",
};

/**
 * A section for a model's answer. It is absent where the service has no such report, and says so where the model has no
 * figures yet.
 */
export function modelSection(view, title, path, parameters, fill, options = {}) {
  if (!view.context.reports.includes(path)) return [];
  return section(view, title, () => view.ask(path, parameters), answered(view, fill), options);
}

/** Shows a model's answer by `fill`, and what stands behind it. */
export const answered = (view, fill) => (answer, tools) => {
  if (answer.status !== "fitted" && answer.status !== "stale")
    return h("p", { class: "empty" }, answer.reason ?? REASONS[answer.status] ?? REASONS.pending);
  return [fill(answer, tools), origin(view, answer)];
};

function origin(view, { method, as_of: asOf, status }) {
  return [
    status === "stale" && h("p", { class: "muted small-print" }, "What is newer is not in it yet."),
    method &&
      h(
        "details",
        { class: "behind origin" },
        h("summary", {}, "How this is computed"),
        h("p", { class: "muted small-print" }, `${method}. Computed ${instant(asOf, view.timeZone)}.`),
      ),
  ];
}

/** A share from 0 to 1 as a whole percent; for statistics, never for money. */
export const wholePercent = (share) =>
  share === null || share === undefined ? "–" : `${Math.round(Number(share) * 100)}%`;
