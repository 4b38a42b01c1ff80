// Data: files of orders go up, with progress, and every line that did not land says why.

import { addressOf, upload } from "../api.js";
import { announce, h } from "../dom.js";
import { csvButton } from "../exports.js";
import { count, day, instant, named } from "../format.js";
import { section } from "../parts.js";
import { table } from "../tables.js";

/** The sections of the page. */
export function show(view) {
  const may = view.context.scopes.includes("ingest");
  return [
    section(
      view,
      "Upload orders",
      async () => may,
      (allowed) => (allowed ? uploader(view) : notAllowed()),
      {
        wide: true,
        note: "CSV, NDJSON or JSON, gzipped or not; sending a file again changes nothing",
      },
    ),
    section(
      view,
      "What is in the store",
      async () => true,
      (_, tools) => contents(view, tools),
    ),
    section(
      view,
      "Last imports",
      () => view.ask("/dashboard/uploads", {}),
      (uploads, tools) => lastImports(view, uploads, tools),
    ),
  ];
}

function notAllowed() {
  return h(
    "p",
    { class: "empty" },
    "This key may only read. Sign in with one that has the scope ingest to upload orders.",
  );
}

function uploader(view) {
  const result = h("div", { id: "upload-result" });
  const input = h("input", {
    type: "file",
    id: "file",
    class: "unseen",
    accept: ".csv,.ndjson,.jsonl,.json,.gz",
    onchange: () => input.files[0] && send(view, input, result),
  });
  const drop = h(
    "div",
    { class: "drop" },
    h("p", {}, input, h("label", { class: "button", for: "file" }, "Choose a file"), " or drop it here"),
    h(
      "p",
      { class: "muted" },
      "A CSV needs a header with order_id, product_id, quantity, unit_price and ordered_at. ",
      h("a", { href: "/docs" }, "All columns"),
    ),
  );
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    send(view, input, result);
  });
  return [drop, result];
}

async function send(view, input, result) {
  const [file] = input.files;
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
  const words = h("p", { role: "status" }, `Sending ${file.name}…`);
  result.replaceChildren(h("div", { class: "empty" }, words, bar));
  input.disabled = true;
  try {
    const summary = await upload(file, (sent, all) => {
      bar.value = all === 0 ? 1 : sent / all;
      if (sent === all) words.textContent = "Reading and checking every line…";
    });
    result.replaceChildren(...outcome(file.name, summary));
    announce(`${file.name}: ${summary.inserted} new lines, ${summary.rejected} rejected`);
    await view.refresh();
  } catch (error) {
    result.replaceChildren(...refused(file.name, error));
  }
  input.disabled = false;
  input.value = "";
}

function outcome(name, summary) {
  const good = summary.rejected === "0";
  const counts = ["received", "inserted", "replaced", "unchanged", "rejected"].map(
    (what) => `${count(summary[what])} ${what}`,
  );
  return [
    h(
      "div",
      { class: "empty", role: "status" },
      h("h3", {}, good ? `${name} has landed` : `${name}: not everything could land`),
      h("p", {}, `${counts.join(" · ")} lines`),
      good && h("a", { href: addressOf("/dashboard", { range: "all" }) }, "See the figures"),
    ),
    ...errorTable(summary.errors),
  ];
}

/** The whole file was refused, or broke off in the midst. */
function refused(name, error) {
  const problem = error.problem ?? {};
  return [
    h(
      "div",
      { class: "empty", role: "alert" },
      h("h3", { class: "problem" }, `${name} was refused`),
      h("p", {}, error.message),
      problem.inserted &&
        h(
          "p",
          {},
          `${count(problem.inserted)} lines landed before that. Send the mended file again: they are not doubled.`,
        ),
    ),
    ...errorTable(problem.errors ?? []),
  ];
}

function errorTable(errors) {
  if (errors.length === 0) return [];
  const columns = [
    { title: "Line", number: true, cell: (row) => (row.line ? count(row.line) : "–"), csv: (row) => row.line ?? "" },
    { title: "Field", cell: (row) => h("code", {}, row.field), csv: (row) => row.field },
    { title: "What is wrong", wraps: true, cell: (row) => row.reason },
  ];
  return [
    h(
      "p",
      {},
      errors.length >= 1000 ? "The first thousand problems: " : "",
      csvButton("rejected-lines", columns, errors),
    ),
    table("Lines that did not land", columns, errors),
  ];
}

function contents({ context }, tools) {
  if (context.last_day === null)
    return h(
      "p",
      { class: "empty" },
      "No orders yet. Upload a CSV above, or run ",
      h("code", {}, "eap import FILE"),
      ".",
    );
  const rows = [
    ["First day with orders", day(context.first_day)],
    ["Last day with orders", day(context.last_day)],
    ["Time zone of the store", context.time_zone],
    ["Currency of the store", context.currency],
    ["Regions", listed(context.regions)],
    ["Channels", listed(context.channels)],
    ["Categories", listed(context.categories)],
  ];
  return table(
    "What is in the store",
    [
      { title: "What", cell: ([name]) => name },
      { title: "Value", number: true, wraps: true, cell: ([, value]) => value },
    ],
    rows,
    { tools },
  );
}

/** The names, where they are few. */
function listed(names) {
  const number = count(String(names.length));
  return names.length > 0 && names.length <= 5 ? `${number}: ${names.map(named).join(", ")}` : number;
}

function lastImports(view, uploads, tools) {
  if (uploads.length === 0)
    return h("p", { class: "empty" }, "Files that are uploaded here, or imported by eap import, are listed here.");
  return table(
    "Last imports",
    [
      { title: "File", breaks: true, cell: (row) => row.file },
      { title: "When", cell: (row) => instant(row.at, view.timeZone, "short"), csv: (row) => row.at },
      { title: "Lines", number: true, cell: (row) => count(row.received) },
      { title: "New", number: true, cell: (row) => count(row.inserted) },
      { title: "Changed", number: true, cell: (row) => count(row.replaced) },
      { title: "Rejected", number: true, cell: (row) => count(row.rejected) },
    ],
    uploads,
    { tools },
  );
}
