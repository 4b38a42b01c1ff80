// Live: today's totals and the newest orders, as they land. Server-sent events tell that something landed; where a
// gateway holds them back, the page asks and waits instead.

import { ask } from "../api.js";
import { announce, h } from "../dom.js";
import { parseExact } from "../exact.js";
import { count, instant, money, named, wholeMoney } from "../format.js";
import { failure, section, tile } from "../parts.js";
import { table } from "../tables.js";

const SHOWN = 25;
const MS_TO_FIRST_EVENT = 4_000;
const MS_BETWEEN_TRIES = 5_000;
/** Less than any gateway waits for an answer. */
const WAIT_SECONDS = 20;

/** The sections of the page. */
export function show(view) {
  const state = h("span", { class: "state", role: "status" }, "Connecting…");
  const totals = h("div", {}, h("p", { class: "loading" }, "Waiting for the first event…"));
  const list = h("div", {});
  listen(view, state, totals, list);
  return [
    section(
      view,
      "Today",
      async () => true,
      (_, tools) => {
        tools.append(state);
        return totals;
      },
      { wide: true },
    ),
    section(
      view,
      "Newest orders",
      async () => true,
      () => list,
      { wide: true, note: "by arrival" },
    ),
  ];
}

function listen(view, state, totals, list) {
  const known = new Set();
  const heard = async (sales) => {
    totals.replaceChildren(tiles(sales));
    try {
      const orders = await ask("/api/v1/orders", { limit: SHOWN }, view.signal);
      list.replaceChildren(orders.length === 0 ? nothingYet() : newest(view, orders, known));
    } catch (error) {
      if (error.name !== "AbortError")
        list.replaceChildren(failure(error, () => window.dispatchEvent(new Event("go"))));
    }
  };
  const source = new EventSource("/api/v1/stream/sales");
  const giveUp = () => {
    source.close();
    clearTimeout(patience);
    if (!view.signal.aborted) poll(view, state, heard);
  };
  // The first event comes at once, unless something on the way collects them.
  const patience = setTimeout(giveUp, MS_TO_FIRST_EVENT);
  view.signal.addEventListener("abort", () => {
    source.close();
    clearTimeout(patience);
  });
  source.onerror = () =>
    source.readyState === EventSource.CLOSED ? giveUp() : tell(state, "off", "Connection lost; trying again…");
  source.addEventListener("sales", (event) => {
    clearTimeout(patience);
    tell(state, "on", "Live");
    heard(parseExact(event.data));
  });
}

/** Asks for the next change, again and again; each answer waits for one. */
async function poll(view, state, heard) {
  // No version, so that the first answer comes at once.
  let after = "-1";
  while (!view.signal.aborted) {
    try {
      const sales = await ask("/api/v1/stream/sales", { wait: WAIT_SECONDS, after }, view.signal);
      tell(state, "on", "Live");
      if (sales === null) continue;
      after = sales.data_version;
      await heard(sales);
    } catch (error) {
      if (error.name === "AbortError") return;
      tell(state, "off", "Connection lost; trying again…");
      await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_TRIES));
    }
  }
}

function tell(state, kind, text) {
  state.className = `state ${kind}`;
  state.textContent = text;
}

function tiles(sales) {
  return h(
    "dl",
    { class: "tiles" },
    tile("Revenue", wholeMoney(sales.total_revenue, sales.currency), {
      title: money(sales.total_revenue, sales.currency),
    }),
    tile("Orders", count(sales.total_transactions)),
    tile("Units", count(sales.units)),
    tile("Average order", money(sales.avg_transaction_value, sales.currency)),
  );
}

function nothingYet() {
  return h("p", { class: "empty" }, "No orders yet. They appear here as they are sent to /api/v1/orders.");
}

function newest(view, orders, known) {
  const first = known.size === 0;
  const fresh = orders.filter((order) => !known.has(order.order_id));
  for (const order of fresh) known.add(order.order_id);
  if (!first && fresh.length > 0) {
    const [order] = fresh;
    announce(
      `${fresh.length === 1 ? "New order" : `${fresh.length} new orders, the last`}: ${order.order_id}, ${money(order.net_revenue, order.currency)}`,
    );
  }
  const shown = table(
    "Newest orders",
    [
      { title: "Order", cell: (row) => row.order_id },
      { title: "Placed", cell: (row) => instant(row.ordered_at, view.timeZone) },
      { title: "Customer", cell: (row) => row.customer_id || h("span", { class: "muted" }, "guest") },
      { title: "Region", cell: (row) => named(row.region) },
      { title: "Channel", cell: (row) => named(row.channel) },
      { title: "Lines", number: true, cell: (row) => count(row.lines) },
      { title: "Net", number: true, cell: (row) => money(row.net_revenue, row.currency) },
    ],
    orders,
    { room: "whole" },
  );
  if (!first)
    [...shown.querySelectorAll("tbody tr")].forEach((row, index) =>
      row.classList.toggle("fresh", fresh.includes(orders[index])),
    );
  return shown;
}
