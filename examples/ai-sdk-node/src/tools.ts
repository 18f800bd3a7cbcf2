// Tools in several steps: the model looks up the order, then its parcel, then answers.
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { celuxe } from "./service.ts";

// Where a real shop would ask its database and the carrier.
const orders = [
  { order: "A-1041", email: "rider@example.com", item: "Rain jacket, M", parcel: "PX-77302" },
  { order: "A-1042", email: "courier@example.com", item: "Chain oil", parcel: "PX-77318" },
];
const parcels = [
  { parcel: "PX-77302", status: "out for delivery", expected: "today, 14:00-16:00" },
  { parcel: "PX-77318", status: "delivered", expected: null },
];

const { text } = await generateText({
  model: celuxe("deepseek-v3"),
  instructions: "You are the support desk of an online bicycle shop. Look things up rather than guess.",
  prompt: "Where is my jacket? I ordered as rider@example.com.",
  tools: {
    findOrder: tool({
      description: "Finds the latest order of a customer",
      inputSchema: z.object({ email: z.email() }),
      execute: ({ email }) => orders.find((order) => order.email === email) ?? "No order with this address.",
    }),
    trackParcel: tool({
      description: "Tells where a parcel is",
      inputSchema: z.object({ parcel: z.string().describe("The parcel number of the order, such as PX-12345") }),
      execute: ({ parcel }) => parcels.find((entry) => entry.parcel === parcel) ?? "Unknown parcel number.",
    }),
  },
  // Without this the SDK stops after the first step, before the model has seen a result.
  stopWhen: isStepCount(5),
  onStepEnd: ({ toolResults }) => {
    for (const { toolName, input, output } of toolResults) {
      console.log(`${toolName}(${JSON.stringify(input)}) -> ${JSON.stringify(output)}`);
    }
  },
});

console.log(`\n${text}`);
