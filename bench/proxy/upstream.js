// The loyalty service of the bench: answers from the path alone, over plain sockets, so that little of the machine's
// time is its own. It refuses a call without the credential, so a server that forwards nothing is found out.
import { createServer } from "node:net";
import { accountOf, contactOf } from "./job.js";

const [credential] = process.argv.slice(2);

const accountText = (member) =>
  JSON.stringify({
    id: accountOf(member),
    contactId: contactOf(member),
    memberId: member,
    points: { balance: 1250, earned: 1500, adjusted: 0, redeemed: 250, expired: 0 },
    rewardAvailable: true,
    createdDate: "2026-01-05T09:30:00.000Z",
    updatedDate: "2026-04-01T12:00:00.000Z",
    revision: "42",
    contact: {
      id: contactOf(member),
      name: "Ada Example",
      email: "ada@shop.example",
      picture: { height: 64, width: 64, url: "https://static.shop.example/a.png" },
    },
    tier: { id: "70000000-0000-4000-8000-000000000000", points: 1250 },
    lastActivityDate: "2026-04-01T12:00:00.000Z",
  });

const answer = (status, text) =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nX-Wix-Request-Id: 1775000000.1\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** @param {string} request Head and body. */
function reply(request) {
  if (!request.includes(`: ${credential}\r\n`)) return answer("401 Unauthorized", "{}");
  const member = /^GET \S+[?&]memberId=([0-9a-f-]{36})/.exec(request)?.[1];
  if (member !== undefined) return answer("200 OK", `{"account":${accountText(member)}}`);
  const account = /^POST \S+\/accounts\/3([0-9a-f-]{35})\/earn-points/.exec(request)?.[1];
  if (account === undefined) return answer("404 Not Found", "{}");
  const body = JSON.parse(request.slice(request.indexOf("\r\n\r\n") + 4));
  if (body.amount !== 5 || !body.idempotencyKey) return answer("400 Bad Request", "{}");
  const id = "80000000-0000-4000-8000-000000000000";
  return answer("200 OK", `{"account":${accountText(`1${account}`)},"transactionId":"${id}"}`);
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += chunk;
    for (;;) {
      const head = text.indexOf("\r\n\r\n");
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      const end = head + 4 + length;
      if (text.length < end) return;
      socket.write(reply(text.slice(0, end)), "latin1");
      text = text.slice(end);
    }
  });
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
