// Every model that the key may use.
import { celuxe } from "./service.ts";

for (const { id, ownedBy } of await celuxe.listModels()) console.log(`${id.padEnd(24)} ${ownedBy ?? ""}`);
