// The plainest socket.io server that tells one card to everybody in a room. Ends when its input closes.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 10_000, pingTimeout: 10_000, serveClient: false });

io.on("connection", (socket) => {
  if (socket.handshake.auth.is_told) socket.join("told");
  socket.on("card:tell", (card, answer) => {
    io.to("told").emit("card:changed", card);
    answer({ ok: true, value: null });
  });
});

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
