import type { ChatDelta, ToolCall } from "./deltas.ts";
import { isObject, type JsonObject } from "./wire.ts";

/** Puts tool calls together from deltas that servers number and name in many ways. */
export interface ToolCallAssembler {
  add(delta: JsonObject): void;
  /** Ends all calls. `cut`: the answer was ended before the model was done. Returns the calls. */
  finish(cut: boolean): ToolCall[];
}

interface PendingCall {
  index: number;
  /** The number that the server gave it, if any. */
  wireIndex: number | undefined;
  /** The id that the server gave it, if any. */
  wireId: string | undefined;
  /** The id that the call goes by, from its start on. */
  id: string;
  name: string;
  started: boolean;
  /** Joined once at the end: appending to a growing string and looking into it costs its whole length each time. */
  pieces: string[];
  scan: JsonScan;
}

export function createToolCallAssembler(emit: (delta: ChatDelta) => void): ToolCallAssembler {
  const calls: PendingCall[] = [];
  let latest: PendingCall | undefined;

  function add(delta: JsonObject): void {
    const fn = isObject(delta["function"]) ? delta["function"] : delta;
    const name = typeof fn["name"] === "string" ? fn["name"] : "";
    const id = readId(delta["id"]);
    const text = readArguments(fn["arguments"]);
    const call = find({ wireIndex: readIndex(delta["index"]), id, name, text });
    latest = call;
    call.wireId ??= id;
    if (call.name === "") call.name = name;
    if (!call.started && call.name !== "") start(call);
    if (text === "") return;
    call.pieces.push(text);
    if (call.started) emit({ type: "tool-call-arguments", index: call.index, text });
  }

  function find(delta: CallDelta): PendingCall {
    const { wireIndex, id } = delta;
    const known = wireIndex === undefined ? latest : calls.findLast((call) => call.wireIndex === wireIndex);
    if (known && !beginsAnother(known, delta)) return known;
    // Without a number a call may be continued by its id after another one began.
    const again = id === undefined ? undefined : calls.find((call) => call.wireId === id);
    if (again) return again;
    const call: PendingCall = {
      index: calls.length,
      wireIndex,
      wireId: undefined,
      id: "",
      name: "",
      started: false,
      pieces: [],
      scan: { depth: 0, inString: false, escaped: false, scanned: 0, closed: false },
    };
    calls.push(call);
    return call;
  }

  function start(call: PendingCall): void {
    call.started = true;
    call.id = call.wireId ?? makeId();
    emit({ type: "tool-call-start", index: call.index, id: call.id, name: call.name });
    for (const text of call.pieces) emit({ type: "tool-call-arguments", index: call.index, text });
  }

  function finish(cut: boolean): ToolCall[] {
    return calls.map((call) => {
      if (!call.started) start(call);
      const text = call.pieces.join("");
      const empty = text.trim() === "";
      const whole = call.name !== "" && (empty ? !cut : isJson(text));
      return {
        index: call.index,
        id: call.id,
        name: call.name,
        arguments: empty ? "{}" : text,
        status: whole ? "complete" : cut ? "cut" : "invalid",
      };
    });
  }

  return { add, finish };
}

interface CallDelta {
  wireIndex: number | undefined;
  id: string | undefined;
  name: string;
  text: string;
}

/**
 * Whether a delta belongs to a new call although its number, or the lack of one, points at a known call. Some servers
 * number every call 0, some number none, some repeat id and name with every delta.
 */
function beginsAnother(known: PendingCall, { wireIndex, id, name, text }: CallDelta): boolean {
  const otherId = id !== undefined && known.wireId !== undefined && id !== known.wireId;
  if (name === "") {
    // A new id alone: a call whose name comes late, or a server that makes up an id for each delta.
    return otherId && (wireIndex === undefined || isClosed(known));
  }
  if (known.name === "") return otherId;
  if (otherId || name !== known.name) return true;
  // The same name once more: another call only if the first has all that it needs.
  return id === undefined && text !== "" && isClosed(known);
}

/** How far the arguments of a call have been looked at. */
interface JsonScan {
  depth: number;
  inString: boolean;
  escaped: boolean;
  scanned: number;
  closed: boolean;
}

/** Whether the arguments are one whole object. Looks at each character once, and only where numbers and ids fail. */
function isClosed({ pieces, scan }: PendingCall): boolean {
  for (; scan.scanned < pieces.length; scan.scanned++) {
    for (const character of pieces[scan.scanned]!) {
      if (scan.inString) {
        if (scan.escaped) scan.escaped = false;
        else if (character === "\\") scan.escaped = true;
        else if (character === '"') scan.inString = false;
      } else if (character === '"') scan.inString = true;
      else if (character === "{" || character === "[") scan.depth += 1;
      else if (character === "}" || character === "]") scan.closed = --scan.depth === 0;
    }
  }
  return scan.closed;
}

function readIndex(value: unknown): number | undefined {
  const index = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof index === "number" && Number.isInteger(index) ? index : undefined;
}

function readId(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readArguments(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An id for a call that came without. Unique in a conversation, which is all that its answer needs. */
function makeId(): string {
  const random = () => Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  return `call_${random()}${random()}`;
}
