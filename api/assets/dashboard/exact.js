// JSON whose numbers stay exact. JavaScript would read 90071992547409.93 as a float; here every number is a text.

const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses JSON with each number as a text of its very digits. */
export function parseExact(json) {
  return JSON.parse(json.replace(TEXT_OR_NUMBER, (found) => (found[0] === '"' ? found : `"${found}"`)));
}
