// What to do about products: reorder, reprice, offer together.

import { priceCurve } from "../charts/scatter.js";
import { h } from "../dom.js";
import { count, day, hundredths, money, named, percent, shortCount, wholeMoney, words } from "../format.js";
import { modelSection, wholePercent } from "../models.js";
import { csvButton, table } from "../parts.js";

/** The sections, each absent where the service has no such model. They look at all orders, up to the newest. */
export function productModels(view) {
  const model = (title, path, fill, options) =>
    modelSection(view, title, `/api/v1/analytics/products/${path}`, {}, fill, options);
  return [
    model("Reorder", "reorder", reorder, { wide: true, note: "most urgent first" }),
    model("Prices", "elasticity", prices, { wide: true, note: "how demand has answered to prices" }),
    model("Revenue and steadiness", "classes", classes, { note: "X sells steadily, Y varies, Z is erratic" }),
    model("Bought together", "bought-together", together),
  ];
}

const product = { title: "Product", cell: (row) => named(row.product_name) };
const orDash = (write, value) => (value === null || value === undefined ? "–" : write(value));
const number = (title, name, write = count) => ({
  title,
  number: true,
  cell: (row) => orDash(write, row[name]),
  csv: (row) => row[name] ?? "",
});

function reorder({ rows }, tools) {
  if (rows.length === 0) return h("p", { class: "empty" }, "Nothing to reorder.");
  const columns = [
    product,
    { title: "What to do", wraps: true, cell: (row) => row.action },
    number("On hand", "on_hand"),
    number("A day", "daily_demand", hundredths),
    number("Days of cover", "days_of_cover"),
    number("Reorder at", "reorder_point"),
    number("Quantity", "quantity"),
    { title: "By", cell: (row) => orDash(day, row.order_by), csv: (row) => row.order_by ?? "" },
  ];
  tools.append(csvButton("reorder", columns, rows));
  const shown = table("Reorder", columns, rows);
  shown.classList.add("tall");
  const unknown = rows.every((row) => row.on_hand === null);
  return [
    shown,
    unknown && h("p", { class: "muted" }, "What is in stock is not known. Send it to POST /api/v1/inventory."),
  ];
}

function prices({ rows, currency }, tools) {
  if (rows.length === 0)
    return h("p", { class: "empty" }, "No product has been sold at enough different prices to tell.");
  const amount = (value) => money(value, currency);
  const picture = h("div", {});
  const draw = (row) =>
    picture.replaceChildren(
      h("h3", {}, named(row.product_name)),
      priceCurve(`Units sold of ${named(row.product_name)} by price`, {
        points: row.observations,
        elasticity: row.elasticity,
        price: amount,
        quantity: shortCount,
      }),
    );
  const show = (row) =>
    h(
      "button",
      { class: "small", "aria-label": `Curve of ${named(row.product_name)}`, onclick: () => draw(row) },
      "Curve",
    );
  const columns = [
    product,
    { title: "Curve", cell: show, csv: () => "" },
    number("Elasticity", "elasticity", hundredths),
    {
      title: "Between",
      number: true,
      cell: (row) => `${hundredths(row.low)} and ${hundredths(row.high)}`,
      csv: (row) => `${row.low} to ${row.high}`,
    },
    number("Explained", "r_squared", wholePercent),
    number("Price", "price", amount),
    number("Suggested", "suggested_price", amount),
    { title: "Why", wraps: true, cell: (row) => words(row.reason ?? "") },
  ];
  tools.append(csvButton("prices", columns, rows));
  const shown = table("Prices", columns, rows);
  shown.classList.add("tall");
  draw(rows[0]);
  return h("div", { class: "beside" }, shown, picture);
}

/** Classes by revenue (A, B, C) and by how steadily they sell (X, Y, Z). */
function classes({ counts, currency }) {
  const cell = (abc) => (xyz) => {
    const found = counts.find((one) => one.abc_class === abc && one.xyz_class === xyz);
    return h(
      "td",
      { class: "number" },
      found ? `${count(found.products)} · ${wholeMoney(found.revenue, currency)}` : "–",
    );
  };
  const steadiness = ["X", "Y", "Z"];
  return h(
    "table",
    {},
    h("caption", { class: "unseen" }, "Products and revenue by class"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Class"),
        steadiness.map((xyz) => h("th", { scope: "col", class: "number" }, xyz)),
      ),
    ),
    h(
      "tbody",
      {},
      ["A", "B", "C"].map((abc) => h("tr", {}, h("th", { scope: "row" }, abc), steadiness.map(cell(abc)))),
    ),
  );
}

function together({ pairs }, tools) {
  if (pairs.length === 0) return h("p", { class: "empty" }, "No two products have been bought together often enough.");
  const columns = [
    { title: "Product", cell: (row) => named(row.first.product_name) },
    { title: "Bought with", wraps: true, cell: (row) => named(row.second.product_name) },
    number("Orders", "orders"),
    number("Of its orders", "confidence", wholePercent),
    number("Of all orders", "support", (share) => percent(String(Number(share) * 100))),
    number("Lift", "lift", hundredths),
  ];
  tools.append(csvButton("bought-together", columns, pairs));
  const shown = table("Bought together", columns, pairs);
  shown.classList.add("tall");
  return shown;
}
