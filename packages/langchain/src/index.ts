export { ChatCeluxe } from "./chat-model.ts";
