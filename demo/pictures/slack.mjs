// A Slack message as a page, or with pictures its thread: node slack.mjs slack.json page.html [picture.png ...]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createElement as h } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";

const [source, page, ...pictures] = process.argv.slice(2);
const message = JSON.parse(readFileSync(source, "utf8"));
const css = readFileSync(createRequire(import.meta.url).resolve("slack-blocks-to-jsx").replace(/index\.js$/, "style.css"), "utf8");
const logo = "data:image/svg+xml," + encodeURIComponent("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 36 36'><rect width='36' height='36' rx='6' fill='#1d4f91'/><text x='18' y='24' font-family='sans-serif' font-size='16' font-weight='700' text-anchor='middle' fill='#fff'>T</text></svg>");
const said = (blocks) => renderToStaticMarkup(h(Message, { blocks, logo, name: "Tasking", time: new Date(2026, 9, 22, 7, 31) }));
const image = (path) => `<img src="data:image/png;base64,${readFileSync(path).toString("base64")}">`;
writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${css}
body { margin: 0; padding: 14px; background: #fff; font: 15px/1.46 Lato, "Liberation Sans", sans-serif; width: 700px; }
.thread { margin: 10px 0 0 44px; padding-left: 14px; border-left: 2px solid #ddd; }
.thread h2 { font-size: 13px; color: #1264a3; } .thread img { max-width: 560px; border: 1px solid #ddd; border-radius: 8px; }
</style>` + (pictures.length ? `<div class="thread"><h2>${message.thread.length + pictures.length} replies</h2>
${message.thread.map((reply) => said(reply.blocks)).join("\n")}${pictures.map(image).join("\n")}</div>` : said(message.blocks)));
