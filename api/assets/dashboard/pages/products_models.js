// What to do about products: reorder, reprice, offer together.

import { h } from "../dom.js";
import { count, day, hundredths, money, named, percent, words } from "../format.js";
import { modelSection, wholePercent } from "../models.js";
import { csvButton, table } from "../parts.js";

/** The sections, each absent where the service has no such model. */
export function productModels(view) {
  const model = (title, path, fill, options) => modelSection(view, title, `/api/v1/analytics/products/${path}`, {}, fill, options);
  return [
    model("Reorder", "reorder", (answer, tools) => reorder(answer, tools), { wide: true }),
    model("Prices", "elasticity", (answer, tools) => prices(answer, tools), { wide: true, note: "how demand has answered to prices" }),
    model("Bought together", "bought-together", (answer, tools) => together(answer, tools), { wide: true }),
  ];
}

const product = { title: "Product", cell: (row) => named(row.product_name) };

function reorder({ rows = [] }, tools) {
  if (rows.length === 0) return h("p", { class: "empty" }, "Nothing to reorder. Tell the service what is in stock by POST /api/v1/inventory.");
  const columns = [
    product,
    { title: "What to do", wraps: true, cell: (row) => row.action },
    { title: "On hand", number: true, cell: (row) => count(row.on_hand), csv: (row) => row.on_hand },
    { title: "Days of cover", number: true, cell: (row) => count(row.days_of_cover), csv: (row) => row.days_of_cover },
    { title: "Reorder at", number: true, cell: (row) => count(row.reorder_point), csv: (row) => row.reorder_point },
    { title: "Quantity", number: true, cell: (row) => count(row.quantity), csv: (row) => row.quantity },
    { title: "By", cell: (row) => (row.order_by ? day(row.order_by) : "–"), csv: (row) => row.order_by ?? "" },
  ];
  tools.append(csvButton("reorder", columns, rows));
  return table("Reorder", columns, rows);
}

function prices({ rows = [], currency }, tools) {
  if (rows.length === 0) return h("p", { class: "empty" }, "No product has been sold at enough different prices to tell.");
  const columns = [
    product,
    { title: "Elasticity", number: true, cell: (row) => hundredths(row.elasticity), csv: (row) => row.elasticity },
    { title: "Between", number: true, cell: (row) => `${hundredths(row.low)} and ${hundredths(row.high)}`, csv: (row) => `${row.low} to ${row.high}` },
    { title: "Explained", number: true, cell: (row) => wholePercent(row.r_squared), csv: (row) => row.r_squared },
    { title: "Price", number: true, cell: (row) => money(row.price, currency), csv: (row) => row.price },
    { title: "Suggested", number: true, cell: (row) => (row.suggested_price ? money(row.suggested_price, currency) : "–"), csv: (row) => row.suggested_price ?? "" },
    { title: "Why", wraps: true, cell: (row) => (row.reason ? words(row.reason) : "") },
  ];
  tools.append(csvButton("prices", columns, rows));
  const shown = table("Prices", columns, rows);
  shown.classList.add("tall");
  return shown;
}

function together({ pairs = [] }, tools) {
  if (pairs.length === 0) return h("p", { class: "empty" }, "No two products have been bought together often enough.");
  const columns = [
    { title: "Product", cell: (row) => named(row.first.product_name) },
    { title: "Bought with", wraps: true, cell: (row) => named(row.second.product_name) },
    { title: "Orders", number: true, cell: (row) => count(row.orders), csv: (row) => row.orders },
    { title: "Of its orders", number: true, cell: (row) => wholePercent(row.confidence), csv: (row) => row.confidence },
    { title: "Of all orders", number: true, cell: (row) => percent(String(Number(row.support) * 100)), csv: (row) => row.support },
    { title: "Times as often as by chance", number: true, cell: (row) => hundredths(row.lift), csv: (row) => row.lift },
  ];
  tools.append(csvButton("bought-together", columns, pairs));
  const shown = table("Bought together", columns, pairs);
  shown.classList.add("tall");
  return shown;
}
