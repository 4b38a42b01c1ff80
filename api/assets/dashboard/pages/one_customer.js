// One customer, looked up by the shop's id: what is known, and what is expected over a time. Who it is and how long stand in
// the address. Any customer that the last computation has seen is there, not only those of the lists.

import { enter, HORIZONS, read, write } from "../address.js";
import { addressOf } from "../api.js";
import { announce, h } from "../dom.js";
import { csvLink } from "../exports.js";
import { count, day, hundredths, money, named, wholeMoney, words } from "../format.js";
import { answered, LIFETIME, wholePercent } from "../models.js";
import { failure, section, tile } from "../parts.js";

const TITLE = "Look up a customer";

/** The section; absent where the service values no customers. */
export function oneCustomer(view) {
  if (!view.context.reports.includes(LIFETIME)) return [];
  const load = async () => true;
  return section(view, TITLE, load, (_, tools) => lookup(view, tools), {
    wide: true,
    note: "of all orders, by the id that the shop gave",
  });
}

/** The id of a customer, which leads to what is known of that one. */
export function customerLink({ customer_id: id }) {
  // The empty id is that of all guests together.
  if (id === "") return named(id);
  const href = write({ ...read(), customer: id });
  return h("a", { class: "link", href, title: `Look up ${id}` }, id);
}

function lookup(view, tools) {
  const { customer, horizon } = view.state;
  const id = h("input", {
    id: "customer",
    name: "customer",
    value: customer,
    required: true,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const option = ([value, name]) => h("option", { value, selected: value === horizon }, name);
  const time = h("select", { id: "horizon", name: "horizon" }, Object.entries(HORIZONS).map(option));
  const result = h("div", { id: "one-customer" });
  const show = async (wanted, tell) => {
    tools.replaceChildren();
    if (wanted.customer === "") {
      result.replaceChildren();
      return;
    }
    result.setAttribute("aria-busy", "true");
    const told = await answerOf(view, wanted, tools, () => show(wanted, true));
    // Another one may have been asked for meanwhile.
    const now = read();
    if (view.signal.aborted || now.customer !== wanted.customer || now.horizon !== wanted.horizon) return;
    result.replaceChildren(...[told.shown].flat(Infinity).filter(Boolean));
    result.removeAttribute("aria-busy");
    if (tell) announce(told.words);
  };
  const submit = (event) => {
    event?.preventDefault();
    id.value = id.value.trim();
    const wanted = { customer: id.value, horizon: time.value };
    enter(wanted);
    show(wanted, true);
  };
  time.addEventListener("change", () => id.value.trim() !== "" && submit());
  show({ customer, horizon }, false);
  return [
    h(
      "form",
      { class: "look-up", role: "search", "aria-label": TITLE, onsubmit: submit },
      h("label", { for: "customer" }, "Customer id"),
      id,
      h("label", { for: "horizon" }, "Value over"),
      time,
      h("button", { class: "primary" }, "Look up"),
    ),
    result,
  ];
}

/** What to show of `wanted`, and to say to whoever listens. */
async function answerOf(view, wanted, tools, again) {
  const parameters = { customer: wanted.customer, horizon_days: wanted.horizon };
  try {
    const answer = await view.ask(LIFETIME, parameters);
    const [row] = answer.top_customers ?? [];
    const fill = () => (row ? tiles(answer, row) : unknown(wanted.customer));
    const shown = answered(view, fill)(answer, tools);
    if (row) tools.replaceChildren(csvLink(wanted.customer, addressOf(LIFETIME, { ...parameters, format: "csv" })));
    return { shown, words: row ? inWords(answer, row) : spoken(shown) };
  } catch (error) {
    return { shown: failure(error, again), words: "" };
  }
}

function unknown(id) {
  return h(
    "p",
    { class: "empty" },
    `No customer with a sale has the id ${id}. Capital and small letters differ, and whoever bought for the first time only a moment ago is not in it yet.`,
  );
}

function tiles(answer, row) {
  const { currency, horizon_days: days, discount_rate_yearly: rate, nobody_leaves: lasting } = answer;
  const within = `in ${count(days)} days`;
  return [
    h("h3", {}, row.customer_id),
    h(
      "dl",
      { class: "tiles" },
      tile("Lifetime value", money(row.lifetime_value, currency), {
        note: `${within}, discounted by ${wholePercent(rate)} a year`,
      }),
      tile("Orders to come", hundredths(row.expected_orders), {
        note: `${within}, each worth ${wholeMoney(row.expected_value, currency)}`,
      }),
      tile("Still a customer", wholePercent(row.alive), {
        note: lasting ? "nobody is seen to leave this store" : "the chance of another order, ever",
      }),
      tile("Orders so far", count(row.orders), { note: `${money(row.total_spent, currency)} spent` }),
      tile("Last sale", day(row.last_order)),
      tile("Segment", words(row.segment), { note: "by recency, frequency and money" }),
    ),
  ];
}

function inWords({ currency, horizon_days: days }, row) {
  const value = `worth ${money(row.lifetime_value, currency)} in ${count(days)} days`;
  return `${row.customer_id}: ${value}, still a customer by ${wholePercent(row.alive)}, last sale ${day(row.last_order)}`;
}

const spoken = (shown) =>
  [shown]
    .flat(Infinity)
    .filter((one) => one?.classList?.contains("empty"))
    .map((one) => one.textContent)
    .join(" ");
