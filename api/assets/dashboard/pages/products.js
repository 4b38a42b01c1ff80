// Products: which carry the revenue, how fast they sell, and what to do about them.

import { addressOf } from "../api.js";
import { h } from "../dom.js";
import { count, hundredths, money, named, percent, wholeMoney } from "../format.js";
import { emptyRange, emptyStore, section, tile } from "../parts.js";
import { bars, numbers, table } from "../tables.js";
import { chooser, productModels } from "./products_models.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const report = () => view.ask("/api/v1/analytics/products", { ...view.query, limit: 100 });
  return [
    section(view, "At a glance", report, (products) => tiles(products), { wide: true, bare: true }),
    section(view, "Classes", report, (products, tools) => classes(view, products, tools), {
      note: "A: the first 80 % of revenue, B: the next 15 %, C: the rest",
    }),
    section(view, "Categories", report, (products, tools) => categories(view, products, tools)),
    section(view, "Products", report, (products, tools) => list(view, products, tools), { wide: true }),
    productModels(view),
  ];
}

function tiles(products) {
  const { inventory_insights: insights, currency } = products;
  return h(
    "dl",
    { class: "tiles" },
    tile("Products sold", count(products.total_products)),
    tile("Revenue", wholeMoney(products.total_revenue, currency), { title: money(products.total_revenue, currency) }),
    tile(
      "Categories",
      count(insights.total_categories),
      insights.most_profitable_category
        ? { note: `most: ${insights.most_profitable_category}, least: ${insights.least_profitable_category}` }
        : {},
    ),
    tile("Days looked at", count(products.observed_days), { note: "what is sold a day is of these" }),
  );
}

function classes(view, { abc_classes: all, currency }, tools) {
  if (all.length === 0) return emptyRange(view);
  const row = (one) => ({
    name: `Class ${one.abc_class}`,
    value: one.revenue,
    label: wholeMoney(one.revenue, currency),
    note: `${count(one.products)} ${one.products === "1" ? "product" : "products"}`,
    exact: one.products,
  });
  return bars("Classes", all.map(row), ["Class", "Revenue", "Products"], tools);
}

function categories(view, { category_performance: sums, category_shares: shares, currency }, tools) {
  const rows = Object.entries(sums).sort((a, b) => Number(b[1]) - Number(a[1]));
  if (rows.length === 0) return emptyRange(view);
  const row = ([name, value]) => ({
    name: named(name),
    value,
    label: money(value, currency),
    note: percent(shares[name]),
    exact: shares[name],
  });
  const shown = bars("Categories", rows.map(row), ["Category", "Revenue", "Share"], tools);
  return h("div", { class: "scroll-bars", tabindex: "0", role: "group", "aria-label": "Categories" }, shown);
}

function list(view, { top_performing_products: rows, currency }, tools) {
  if (rows.length === 0) return emptyRange(view);
  const href = addressOf("/api/v1/analytics/products", { ...view.query, limit: 1000, format: "csv" });
  const columns = [
    { title: "Product", cell: chooser },
    { title: "Id", cell: (row) => h("span", { class: "muted" }, row.product_id) },
    { title: "Category", cell: (row) => named(row.category) },
    { title: "Class", cell: (row) => h("span", { class: `badge ${row.abc_class.toLowerCase()}` }, row.abc_class) },
    numbers("Orders", "orders", count),
    numbers("Units", "total_sold", count),
    numbers("A day", "velocity", hundredths),
    numbers("Price", "avg_price", (value) => money(value, currency)),
    numbers("Share", "revenue_share", percent),
    numbers("Revenue", "total_revenue", (value) => money(value, currency)),
  ];
  return table("Products", columns, rows, { tools, href, room: "taller" });
}
