// The keys of the meeting beyond those that buttons name themselves (desk.js). The page works without it.
"use strict";

const heading = document.getElementById("item");

// Opens a form with the cursor in a field (the first one) at once, so that what is typed next goes there.
function openFold(fold, name) {
  for (const other of document.querySelectorAll("[data-fold]")) if (other !== fold) other.open = false;
  fold.open = true;
  const field = (name && fold.querySelector(`[name="${name}"]`)) || fold.querySelector("input:not([type=hidden]), textarea");
  field?.focus();
  if (field?.type === "text") field.select();
}

for (const fold of document.querySelectorAll("[data-fold]")) {
  fold.addEventListener("toggle", () => {
    if (fold.open && !fold.querySelector("input:focus, textarea:focus")) openFold(fold);
  });
}

// Before desk.js, which presses the button that names a key.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const isTyping = event.target.closest("input, textarea, select");
    const key = event.key;
    if (key === "Escape" && isTyping) {
      const fold = isTyping.closest("[data-fold]");
      if (fold) fold.open = false;
      heading?.focus();
    }
    if (isTyping || key.length !== 1 && !key.startsWith("Arrow")) return;
    const named = { ArrowRight: "n", ArrowLeft: "p" }[key] || key;
    const button = document.querySelector(`[data-key="${CSS.escape(named)}"]`);
    let fold = button?.closest("[data-fold]");
    // The owner and the date of what is not decided yet are fields of its approval.
    const name = button ? "" : { o: "owner", d: "due_on" }[key];
    if (name) fold = document.getElementById("fold-approve");
    if (!fold && !(button && named !== key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (fold) openFold(fold, name);
    else button.click();
  },
  true,
);

// A note is saved with Enter, as every other form is; Shift and Enter begin a new line.
document.getElementById("words")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// Where the reader starts: the item, described by what was just done, unless something is wrong with a form.
const said = document.querySelector(".said");
if (said && heading) {
  said.id = "said";
  heading.setAttribute("aria-describedby", "said");
}
if (!document.getElementById("problems")) heading?.focus();
