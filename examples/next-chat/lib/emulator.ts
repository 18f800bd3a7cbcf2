import "server-only";
import { createEmulator, type Emulator } from "@celuxe/emulator";

/** A Celuxe inside this process, for trying the app without an account. Delete this file when you have a key. */
export function makeEmulator(): Emulator {
  return createEmulator({
    pace: { firstTokenMs: 600, tokensPerSecond: 45, jitter: 0.4 },
    replies: [
      { match: /stream/i, reply: { text: streaming } },
      { match: /compare/i, reply: { text: comparison } },
      { match: /plan/i, reply: { text: plan } },
      { match: /"timeZone":/, reply: { text: clock } },
    ],
  });
}

const streaming = `A streamed answer arrives **while it is being written**: the server keeps the response open and sends each piece as soon as it exists.

1. The browser sends one ordinary request.
2. The server answers with \`content-type: text/event-stream\` and does not end the body.
3. Every token becomes an event; the page appends it at once.

\`\`\`ts
const response = await fetch("/api/chat", { method: "POST", body });
for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
  output.textContent += chunk;
}
\`\`\`

> Closing the connection stops the model too: that is what the stop button does.`;

const comparison = `Both work well; they differ in **who decides the shape** of an answer.

|                | REST                     | GraphQL                     |
| -------------- | ------------------------ | --------------------------- |
| Shape          | The server decides       | The client asks for fields  |
| Requests       | One for each resource    | One for a whole screen      |
| Caching        | HTTP caches just work    | Needs a client-side cache   |
| Errors         | Status codes             | A list beside the data      |
| Good fit       | Public, stable resources | Many screens over one graph |

Start with REST, and reach for GraphQL when screens need data from many resources at once.`;

const plan = `### Saturday

- **Morning:** the viewpoint at Graça, then downhill through Alfama on foot
- **Afternoon:** the tile museum, coffee and a *pastel de nata* on the way
- **Evening:** dinner in Bairro Alto

### Sunday

- **Morning:** Belém by tram, before the queues
- **Afternoon:** LX Factory for books and a late lunch
- **Evening:** sunset at the river

Buy a day ticket: it is valid on trams, buses and the lifts.`;

const clock = `That is the time there right now. The card above is drawn by the page from the tool's result; I only had to ask for it.`;
