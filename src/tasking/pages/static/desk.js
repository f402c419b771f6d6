// What makes the desk quicker to use. Every page works without it.
"use strict";

// The slash goes to the search box.
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-slash]");
  if (event.key !== "/" || !box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  box.select();
});

// Confirming duplicates by keyboard: the button that names the key. Not while somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});

// Choosing all rows of a list at once, and saying how many are chosen.
for (const all of document.querySelectorAll("[data-chooses]")) {
  const boxes = [...document.querySelectorAll(`input[name="${CSS.escape(all.dataset.chooses)}"]`)];
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  boxes.forEach((box) => box.addEventListener("change", tell));
}

// One press is one form: a second press while the first is on its way does nothing.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent && !form.hasAttribute("data-downloads")) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

// A page that the browser brings back is as good as new.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A filter is applied when it is changed; without script there is a button.
for (const field of document.querySelectorAll("form[data-at-once] select")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

// A paper is printed with one press; without script by the menu of the browser.
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A text is copied with one press; without script it is marked by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = "Copied";
  });
}

// What was just done is where the reader's attention goes.
(document.getElementById("problems") || document.querySelector(".said"))?.focus();
