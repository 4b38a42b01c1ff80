// What to do about products: what will be asked for, reorder, reprice, offer together. One product is looked at closely;
// which one stands in the address.

import { read, stay } from "../address.js";
import { addressOf } from "../api.js";
import { lineChart } from "../charts/line.js";
import { priceCurve } from "../charts/scatter.js";
import { csvLink, pngButton, tablePicture } from "../exports.js";
import { h } from "../dom.js";
import { count, day, hundredths, money, named, oneDigit, shortCount, wholeMoney, words } from "../format.js";
import { modelSection, MOST_ROWS, wholePercent } from "../models.js";
import { numbers, table } from "../tables.js";

/** Why a price is suggested, or none. */
const WHY = {
  optimum: "the price that earns most at this elasticity and cost",
  inelastic: "demand hardly answers to the price, so the largest step up",
  largest_change: "the largest step that is taken at once",
  outside_seen_prices: "beyond that no price has been seen",
  least_margin: "the least margin over the unit cost",
  not_significant: "it stays, as the data do not show that the price matters",
  direction_uncertain: "it stays, as it is uncertain whether it should rise or fall",
  no_unit_cost: "the unit cost is not known; send it to POST /api/v1/inventory",
};

const of = (name) => `/api/v1/analytics/products/${name}`;

/** The sections, each absent where the service has no such model. They look at all orders, up to the newest. */
export function productModels(view) {
  const model = (title, name, fill, options) =>
    modelSection(view, title, of(name), {}, (answer, tools) => fill(answer, tools, view), options);
  return [
    model("Demand to expect", "demand", demand, { wide: true, note: "units of the best sellers, week by week" }),
    model("Reorder", "reorder", reorder, { wide: true, note: "most urgent first" }),
    model("Prices", "elasticity", prices, { wide: true, note: "how demand has answered to prices" }),
    model("Revenue and steadiness", "classes", classes, { note: "X sells steadily, Y varies, Z is erratic" }),
    model("Bought together", "bought-together", together),
  ];
}

/** The name of a product; pressing it looks at that one closely. */
export function chooser(row) {
  const choose = () => {
    stay({ product: row.product_id });
    window.dispatchEvent(new Event("product"));
  };
  return h(
    "button",
    { class: "link", title: `Look at ${named(row.product_name)}`, onclick: choose },
    named(row.product_name),
  );
}

const product = { title: "Product", cell: chooser, csv: (row) => row.product_name };
const whole = (name) => addressOf(of(name), { limit: MOST_ROWS, format: "csv" });

/** Why some rows are not shown, where nothing is to be done about them. */
const leftOut = (why) => h("p", { class: "muted small-print" }, `${why}; the CSV has all.`);

/**
 * A table, and beside it what `draw(row)` makes of the product in the address: of the best one where the address names
 * none. One that is not among `rows` is asked for.
 */
function closely(view, name, rows, shown, draw) {
  const picture = h("div", { class: "closely" });
  const show = async () => {
    const wanted = read().product;
    let row = wanted === "" ? rows[0] : rows.find((one) => one.product_id === wanted);
    if (!row) {
      const answer = await view.ask(of(name), { product: wanted }).catch(() => ({}));
      row = answer.rows?.[0];
    }
    if (view.signal.aborted) return;
    const none = h("p", { class: "empty" }, `Of the product ${wanted} there is too little to tell this.`);
    picture.replaceChildren(...(row ? [h("h3", {}, named(row.product_name)), draw(row)].flat(Infinity) : [none]));
    for (const button of shown.querySelectorAll("tbody tr"))
      button.classList.toggle("chosen", rows[button.rowIndex - 1] === row);
  };
  window.addEventListener("product", show, { signal: view.signal });
  show();
  return h("div", { class: "beside" }, shown, picture);
}

function demand({ rows: all, horizon }, tools, view) {
  if (all.length === 0) return h("p", { class: "empty" }, "No product has sold for long enough to tell.");
  const rows = all.filter((row) => Number(row.expected_units) > 0);
  if (rows.length === 0) return h("p", { class: "empty" }, "No product is expected to sell.");
  const columns = [
    product,
    numbers(`Next ${horizon} weeks`, "expected_units", oneDigit),
    numbers("As many before", "previous_units", count),
    numbers("Error (MASE)", "mase", hundredths),
  ];
  const shown = table("Demand to expect", columns, rows, { tools, href: whole("demand"), room: "taller" });
  const chartTools = h("div", { class: "tools" });
  const draw = (row) => {
    chartTools.replaceChildren();
    const { history, points } = row;
    const labels = [...history, ...points].map((point) => point.label);
    const ahead = (end) => [...history.map(() => null), ...points.map((point) => point.units[end])];
    const lines = [
      { name: "Sold", colour: "accent", values: history.map((week) => week.units), partial: true },
      { name: "Expected", colour: "accent", dash: true, values: ahead("mean"), partial: true },
      { name: "at most", colour: "compared", thin: true, values: ahead("high"), partial: true },
      { name: "at least", colour: "compared", thin: true, values: ahead("low"), partial: true },
    ];
    const title = `Demand of ${named(row.product_name)}`;
    const chart = { labels, lines, band: [2, 3], format: oneDigit, short: shortCount };
    return [chartTools, lineChart(title, chart, chartTools)];
  };
  return [
    closely(view, "demand", rows, shown, draw),
    rows.length < all.length && leftOut("Products that are expected to sell nothing are not shown"),
  ];
}

function reorder({ rows: all }, tools) {
  const rows = all.filter((row) => Number(row.daily_demand) > 0);
  if (rows.length === 0) return h("p", { class: "empty" }, "Nothing to reorder.");
  const unknown = rows.every((row) => (row.on_hand ?? null) === null);
  const columns = [
    product,
    ...(unknown ? [] : [{ title: "What to do", wraps: true, cell: (row) => row.action }]),
    numbers("On hand", "on_hand", count),
    numbers("Sold a day", "daily_demand", hundredths),
    numbers("Days of cover", "days_of_cover", oneDigit),
    numbers("Safety stock", "safety_stock", oneDigit),
    numbers("Reorder at", "reorder_point", oneDigit),
    numbers("Quantity", "quantity", count),
    { title: "By", field: "order_by", cell: (row) => (row.order_by ? day(row.order_by) : "–") },
    numbers("Sell-through", "sell_through", wholePercent),
  ];
  return [
    unknown &&
      h(
        "p",
        { class: "muted" },
        "What is in stock is not known, so this only tells at which stock to reorder. Send stock levels to ",
        h("code", {}, "POST /api/v1/inventory"),
        ".",
      ),
    table("Reorder", columns, rows, { tools, href: whole("reorder") }),
    rows.length < all.length && leftOut("Products without a sale in the last 182 days need no order and are not shown"),
  ];
}

function prices({ rows, currency }, tools, view) {
  if (rows.length === 0)
    return h("p", { class: "empty" }, "No product has been sold at enough different prices to tell.");
  const amount = (value) => money(value, currency);
  const columns = [
    product,
    numbers("Elasticity", "elasticity", hundredths),
    numbers("Price", "price", amount),
    numbers("Suggested", "suggested_price", amount),
    { title: "95 % interval", number: true, cell: (row) => `${hundredths(row.low)} to ${hundredths(row.high)}` },
    numbers("Explained", "r_squared", wholePercent),
  ];
  const shown = table("Prices", columns, rows, { tools, href: whole("elasticity"), room: "taller" });
  const chartTools = h("div", { class: "tools" });
  const draw = (row) => {
    chartTools.replaceChildren();
    const title = `Units sold of ${named(row.product_name)} by price`;
    const curve = { points: row.observations, elasticity: row.elasticity, currency };
    const suggested = (row.suggested_price ?? null) === null ? "No price is suggested" : "The price suggested";
    const why = row.reason && `${suggested}: ${WHY[row.reason] ?? words(row.reason).toLowerCase()}.`;
    return [
      chartTools,
      priceCurve(title, curve, chartTools),
      why && h("p", { class: "muted small-print" }, why),
    ].filter(Boolean);
  };
  return closely(view, "elasticity", rows, shown, draw);
}

/** Classes by revenue (A, B, C) and by how steadily they sell (X, Y, Z). */
function classes({ counts, currency }, tools) {
  const most = Math.max(1, ...counts.map((one) => Number(one.products)));
  const cell = (abc) => (xyz) => {
    const found = counts.find((one) => one.abc_class === abc && one.xyz_class === xyz);
    const shown = h(
      "td",
      {},
      h("b", {}, count(found?.products ?? "0")),
      h("span", { class: "muted" }, ` ${wholeMoney(found?.revenue ?? "0", currency)}`),
    );
    shown.style.background = `rgb(var(--heat) / ${((Number(found?.products ?? 0) / most) * 0.45).toFixed(3)})`;
    return shown;
  };
  const steadiness = ["X", "Y", "Z"];
  const shown = h(
    "table",
    { class: "heat matrix" },
    h("caption", { class: "unseen" }, "Products and revenue by class"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Class"),
        steadiness.map((xyz) => h("th", { scope: "col" }, xyz)),
      ),
    ),
    h(
      "tbody",
      {},
      ["A", "B", "C"].map((abc) => h("tr", {}, h("th", { scope: "row" }, abc), steadiness.map(cell(abc)))),
    ),
  );
  const title = "Revenue and steadiness";
  tools.append(
    // Each product with its classes.
    csvLink(title, whole("classes")),
    pngButton(title, () => tablePicture(title, shown)),
  );
  return [
    h("p", { class: "muted" }, "Products of each kind, and their revenue in the last 12 months"),
    h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": title }, shown),
  ];
}

function together({ pairs }, tools) {
  if (pairs.length === 0) return h("p", { class: "empty" }, "No two products have been bought together often enough.");
  const columns = [
    {
      title: "Products",
      cell: (row) => [
        h("span", { class: "first" }, named(row.first.product_name)),
        h("span", { class: "muted" }, `with ${named(row.second.product_name)}`),
      ],
    },
    numbers("Orders", "orders", count),
    numbers("Of its orders", "confidence", wholePercent),
    numbers("Lift", "lift", hundredths),
  ];
  return table("Bought together", columns, pairs, { tools, href: whole("bought-together"), room: "taller" });
}
