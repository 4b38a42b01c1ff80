// What all models say of themselves: how they were fitted, or why there is no figure yet. Knows no model.

import { h } from "./dom.js";
import { instant } from "./format.js";
import { section } from "./parts.js";

/** The report of what was not as expected. */
export const ANOMALIES = "/api/v1/analytics/sales/anomalies";
/** The same of products, by week. */
export const PRODUCT_ANOMALIES = "/api/v1/analytics/products/anomalies";

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
  const load = () => view.ask(path, parameters);
  const shown = (answer, tools) => {
    if (answer.status in REASONS) return h("p", { class: "empty" }, answer.reason ?? REASONS[answer.status]);
    return [fill(answer, tools), origin(view, answer)];
  };
  return section(view, title, load, shown, options);
}

function origin(view, { method, as_of: asOf, status }) {
  const parts = [
    method,
    asOf && `computed ${instant(asOf, view.timeZone)}`,
    status === "stale" && "what is newer is not in it yet",
  ];
  const text = parts.filter(Boolean).join(" · ");
  return text === "" ? null : h("p", { class: "origin muted" }, text);
}

/** A share from 0 to 1 as a whole percent; for statistics, never for money. */
export const wholePercent = (share) =>
  share === null || share === undefined ? "–" : `${Math.round(Number(share) * 100)}%`;
