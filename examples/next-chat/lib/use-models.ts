import { useCallback, useEffect, useState } from "react";
import { z } from "zod";
import { type ChatFailure, readFailure } from "./chat-failure";

/** The model ids that the server offers; empty until they have come. */
export function useModels(): { ids: string[]; failure: ChatFailure | undefined; reload: () => void } {
  const [ids, setIds] = useState<string[]>([]);
  const [failure, setFailure] = useState<ChatFailure>();

  const load = useCallback(async (signal?: AbortSignal) => {
    setFailure(undefined);
    try {
      const response = await fetch("/api/models", { signal });
      if (!response.ok) throw new Error(await response.text());
      setIds(z.array(z.string()).parse(await response.json()));
    } catch (error) {
      if (!signal?.aborted) setFailure(readFailure(error));
    }
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    void load(controller.signal);
    return () => controller.abort();
  }, [load]);

  return { ids, failure, reload: () => void load() };
}
