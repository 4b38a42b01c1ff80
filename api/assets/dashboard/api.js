// Asks the service. The only place that calls it; knows no page.

import { parseExact } from "./exact.js";

/** An answer that is none: `status`, what the service says about it, and its `problem` as sent. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The service answered ${status}.`);
    this.status = status;
    this.problem = problem ?? {};
  }
}

/**
 * A report; numbers are texts; null where there is nothing to say. Rejects with a `Refusal`. Whoever is signed out
 * meanwhile is told so.
 */
export async function ask(path, parameters = {}, signal = undefined) {
  const response = await reach(addressOf(path, parameters), { signal, headers: { Accept: "application/json" } });
  if (response.status === 401) window.dispatchEvent(new Event("signed-out"));
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : parseExact(await response.text());
}

/** The address of a report. Lists become repeated parameters; empty values are left out. */
export function addressOf(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && (one !== "" || Array.isArray(value))) query.append(name, one);
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Signs in with a key, which stays nowhere. */
export async function signIn(key) {
  const headers = { "Content-Type": "application/json", "X-Eap-Dashboard": "1" };
  const response = await reach("/dashboard/session", { method: "POST", headers, body: JSON.stringify({ key }) });
  if (!response.ok) throw await refusal(response);
}

/** Ends the sign-in. */
export async function signOut() {
  const response = await reach("/dashboard/session", { method: "DELETE", headers: { "X-Eap-Dashboard": "1" } });
  if (!response.ok) throw await refusal(response);
}

/** Puts the sample orders into an empty store. */
export async function loadSample() {
  const response = await reach("/api/v1/data/seed", { method: "POST", headers: { "X-Eap-Dashboard": "1" } });
  if (!response.ok) throw await refusal(response);
}

/** Sends a file of orders; `progress` hears of bytes sent. `fetch` does not tell that, so this is the older way. */
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addressOf("/api/v1/orders", { file: file.name }));
    request.setRequestHeader("Content-Type", contentType(file.name));
    if (file.name.endsWith(".gz")) request.setRequestHeader("Content-Encoding", "gzip");
    request.setRequestHeader("X-Eap-Dashboard", "1");
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onerror = () =>
      reject(new Error("The connection broke. Send the file again: what has landed is not doubled."));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 401) window.dispatchEvent(new Event("signed-out"));
      if (request.status >= 200 && request.status < 300 && answer) resolve(answer);
      else reject(new Refusal(request.status, answer));
    };
    request.send(file);
  });
}

function contentType(name) {
  const plain = name.toLowerCase().replace(/\.gz$/, "");
  if (plain.endsWith(".ndjson") || plain.endsWith(".jsonl")) return "application/x-ndjson";
  return plain.endsWith(".json") ? "application/json" : "text/csv";
}

/** Browsers say of a connection that fails no more than "Failed to fetch". */
async function reach(address, options) {
  try {
    return await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached. Check the connection and try again.");
  }
}

async function refusal(response) {
  return new Refusal(response.status, parsed(await response.text()));
}

function parsed(text) {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
