// Loads the page again when a file that it is made from has changed, or the server has started again.
let seen = null;
setInterval(async () => {
  if (document.hidden) return;
  try {
    const version = await (await fetch("/dev/version")).json();
    if (seen !== null && version !== seen) location.reload();
    seen = version;
  } catch {
    // The server is starting; ask again in a moment.
  }
}, 700);
