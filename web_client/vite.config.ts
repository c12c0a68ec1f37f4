import { defineConfig, type Plugin } from "vite";

/** Of an icon the page needs only what is drawn: the frame of lucide's files is half of their size. */
const drawingsOnly: Plugin = {
  name: "drawings-only",
  transform(code, id) {
    if (!/lucide-static\/icons\/[a-z0-9-]+\.svg\?raw$/.test(id)) return null;
    const quoted = /^export default (".*")/s.exec(code)?.[1];
    if (!quoted) throw new Error(`an icon that is not raw text: ${id}`);
    const drawing = (JSON.parse(quoted) as string).replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
    return { code: `export default ${JSON.stringify(drawing.replace(/\s*\n\s*/g, ""))};`, map: null };
  },
};

/** Our server speaks WebSocket only: the other ways that engine.io brings along would never be taken. */
const webSocketOnly: Plugin = {
  name: "web-socket-only",
  load(id) {
    if (!id.endsWith("/engine.io-client/build/esm/transports/index.js")) return null;
    return 'import { WS } from "./websocket.js"; export const transports = { websocket: WS };';
  },
  // They listen to the page's end as soon as they are loaded, which alone would keep them.
  transform(code, id) {
    return /\/engine\.io-client\/build\/esm\/transports\/polling/.test(id) ? { code, map: null, moduleSideEffects: false } : null;
  },
};

export default defineConfig({
  plugins: [drawingsOnly, webSocketOnly],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: {
      polyfill: false,
      // The list of what every page imports would be a part of every first load; the pages' own imports name it.
      resolveDependencies: (_, dependencies) => dependencies.filter((file) => file.endsWith(".css")),
    },
  },
});
