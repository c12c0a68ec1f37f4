// The page that stands in for any other while there is no network: looks every few seconds whether there is one again.
const AGAIN_MS = 3_000;
const TWICE_MS = 600;
// As in the product itself (away.ts): Back after a quick leave shows nothing of ours.
const MARK = "left-quickly";
const leave = () => {
  sessionStorage.setItem(MARK, "1");
  location.replace("/neutral.html");
};
if (sessionStorage.getItem(MARK) && performance.getEntriesByType("navigation")[0]?.type === "back_forward") leave();
document.getElementById("leave").addEventListener("click", leave);
let escapedAt = -TWICE_MS;
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (event.timeStamp - escapedAt < TWICE_MS) leave();
  escapedAt = event.timeStamp;
});
const look = () => fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok && location.reload(), () => undefined);
setInterval(look, AGAIN_MS);
addEventListener("online", look);
