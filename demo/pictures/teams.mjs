// A Teams message as a page: node teams.mjs teams.json page.html. The card is drawn by Microsoft's own library in the browser.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [source, page] = process.argv.slice(2);
const card = JSON.parse(readFileSync(source, "utf8")).attachments[0].content;
const library = readFileSync(createRequire(import.meta.url).resolve("adaptivecards/dist/adaptivecards.min.js"), "utf8");
const host = { fontFamily: "Segoe UI, Liberation Sans, sans-serif", spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 16 },
  containerStyles: { default: { backgroundColor: "#ffffff", foregroundColors: { default: { default: "#242424", subtle: "#616161" } } },
    attention: { backgroundColor: "#fdf3f4", foregroundColors: { default: { default: "#242424", subtle: "#616161" } } },
    good: { backgroundColor: "#f1faf1", foregroundColors: { default: { default: "#242424", subtle: "#616161" } } } } };
writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px; background: #f5f5f5; width: 720px; }
#card { background: #fff; border: 1px solid #e0e0e0; border-radius: 6px; box-shadow: 0 1px 2px #0002; }
.ac-pushButton { font: 600 13px "Segoe UI", "Liberation Sans", sans-serif; padding: 6px 12px; background: #fff; border: 1px solid #d1d1d1; border-radius: 4px; }
</style><div id="card"></div><script>${library}</script><script>
const card = new AdaptiveCards.AdaptiveCard();
card.hostConfig = new AdaptiveCards.HostConfig(${JSON.stringify(host)});
card.parse(${JSON.stringify(card).replaceAll("<", "\\u003c")});
document.getElementById("card").appendChild(card.render());
</script>`);
