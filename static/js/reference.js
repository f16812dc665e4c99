/* The API's reference: forms that send real calls with the token that was typed in. Nothing is kept: neither the token nor an
   answer outlives the page, and what comes back is written by textContent alone. */

const tokenBox = document.querySelector("[data-try-token]");
const token = document.getElementById("try-token");
if (tokenBox) tokenBox.hidden = false;
for (const form of document.querySelectorAll("[data-try]")) form.hidden = false;

const requestOf = (form) => {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[name]")) {
    const part = `{${input.name}}`;
    if (path.includes(part)) path = path.replace(part, encodeURIComponent(input.value));
    else if (input.value) query.set(input.name, input.value);
  }
  const body = form.querySelector("[data-body]");
  const headers = {};
  if (token.value) headers.Authorization = `Bearer ${token.value.trim()}`;
  if (body) headers["Content-Type"] = "application/json";
  const text = query.toString();
  return [text ? `${path}?${text}` : path, { method: form.dataset.method, headers, body: body?.value, credentials: "omit" }];
};

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

const show = (place, title, text) => {
  const head = document.createElement("p");
  head.textContent = title;
  const code = document.createElement("pre");
  code.tabIndex = 0;
  code.textContent = text;
  place.replaceChildren(head, ...(text ? [code] : []));
};

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-try], [data-try-token]");
  if (!form) return;
  event.preventDefault();
  if (form === tokenBox) return;
  const place = form.querySelector("[data-answer]");
  const [address, options] = requestOf(form);
  try {
    const answer = await fetch(address, options);
    show(place, `${answer.status} ${answer.statusText}`, pretty(await answer.text()));
  } catch {
    show(place, "The portal could not be reached. Try again.", "");
  }
});
