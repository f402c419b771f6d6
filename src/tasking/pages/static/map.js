// The map: zoom by buttons, wheel, pinch and keys; move by dragging and arrow keys; list a cell without loading the page
// again. Without this script the cells are links, and the page shows the same list.
"use strict";

for (const view of document.querySelectorAll("[data-map]")) {
  const svg = view.querySelector("svg.map");
  const whole = svg.viewBox.baseVal;
  const all = { x: whole.x, y: whole.y, w: whole.width, h: whole.height };
  const MOST = 12;
  let now = { ...all };

  const draw = () => {
    svg.setAttribute("viewBox", `${now.x} ${now.y} ${now.w} ${now.h}`);
    // Signs keep their size on the screen; on a phone that shows the whole district they are smaller, so that names fit.
    const unitsAPixel = now.w / (svg.clientWidth || all.w);
    view.style.setProperty("--k", String(now.w < all.w * 0.99 ? unitsAPixel : Math.min(unitsAPixel, 1.4)));
    view.classList.toggle("is-near", now.w < all.w * 0.99);
  };
  const within = (value, least, most) => Math.min(Math.max(value, least), most);
  const place = (x, y, w) => {
    w = within(w, all.w / MOST, all.w);
    const h = (w * all.h) / all.w;
    now = { x: within(x, all.x, all.x + all.w - w), y: within(y, all.y, all.y + all.h - h), w, h };
    draw();
  };
  // Zooms so that the point at these shares of the view stays where it is.
  const zoom = (by, across = 0.5, down = 0.5) => {
    const w = within(now.w / by, all.w / MOST, all.w);
    const h = (w * all.h) / all.w;
    place(now.x + (now.w - w) * across, now.y + (now.h - h) * down, w);
  };
  const move = (across, down) => place(now.x + across * now.w, now.y + down * now.h, now.w);
  const shares = (x, y) => {
    const box = svg.getBoundingClientRect();
    return [(x - box.left) / box.width, (y - box.top) / box.height];
  };
  const acts = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), all: () => place(all.x, all.y, all.w) };

  view.classList.add("is-live");
  draw();
  window.addEventListener("resize", draw);
  const tools = view.querySelector("[data-map-tools]");
  tools.hidden = false;
  for (const button of tools.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", acts[button.dataset.zoom]);
  }

  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      "+": acts.in, "=": acts.in, "-": acts.out, 0: acts.all,
      ArrowLeft: () => move(-0.2, 0), ArrowRight: () => move(0.2, 0), ArrowUp: () => move(0, -0.2), ArrowDown: () => move(0, 0.2),
    };
    const act = keys[event.key];
    if (!act || (event.key.startsWith("Arrow") && !view.classList.contains("is-near"))) return;
    event.preventDefault();
    act();
  });

  // At the whole district, the wheel downwards scrolls the page.
  svg.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && !view.classList.contains("is-near")) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 1 / 1.25, ...shares(event.clientX, event.clientY));
  }, { passive: false });

  // Dragging with one pointer moves, two pointers pinch. A press that did not move is a click on a cell.
  const down = new Map();
  let moved = false;
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size === 1) moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const box = svg.getBoundingClientRect();
    const after = { x: event.clientX, y: event.clientY };
    if (down.size === 1) {
      if (!moved && Math.hypot(after.x - before.x, after.y - before.y) < 5) return;
      if (view.classList.contains("is-near")) move((before.x - after.x) / box.width, (before.y - after.y) / box.height);
    } else if (down.size === 2) {
      const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (at) => Math.max(Math.hypot(at.x - other.x, at.y - other.y), 1);
      zoom(apart(after) / apart(before), ...shares((after.x + other.x) / 2, (after.y + other.y) / 2));
    }
    moved = true;
    view.classList.add("is-moved");
    down.set(event.pointerId, after);
  });
  const up = (event) => {
    down.delete(event.pointerId);
    if (!down.size) view.classList.remove("is-moved");
  };
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", up);
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("click", (event) => {
    if (moved) { event.preventDefault(); event.stopPropagation(); moved = false; }
  }, true);

  // A cell that is reached by Tab is brought into view.
  svg.addEventListener("focusin", (event) => {
    const cell = event.target.closest("a")?.querySelector("path")?.getBBox();
    if (!cell || !view.classList.contains("is-near") || down.size) return;
    const isSeen = cell.x >= now.x && cell.y >= now.y && cell.x + cell.width <= now.x + now.w && cell.y + cell.height <= now.y + now.h;
    if (!isSeen) place(cell.x + cell.width / 2 - now.w / 2, cell.y + cell.height / 2 - now.h / 2, now.w);
  });

  // The list of a cell, in place of the one beside the map. If anything is wrong, the link is followed.
  const show = async (link) => {
    const answer = await fetch(link.href.baseVal ?? link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = page.getElementById("incidents-here");
    if (!answer.ok || !list) throw new Error("no list");
    document.getElementById("incidents-here").replaceWith(list);
    for (const one of view.querySelectorAll("a[aria-current]")) one.removeAttribute("aria-current");
    const chosen = link.dataset.cell && view.querySelector(`a[data-cell="${CSS.escape(link.dataset.cell)}"]`);
    if (chosen) chosen.setAttribute("aria-current", "true");
    history.replaceState(null, "", (link.href.baseVal ?? link.href).split("#")[0]);
    list.focus({ preventScroll: window.matchMedia("(min-width: 48.01rem)").matches });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-cell]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link).catch(() => window.location.assign(link.href.baseVal ?? link.href));
  });
}
