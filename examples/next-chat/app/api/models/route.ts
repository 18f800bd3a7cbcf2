import { getCeluxe } from "@/lib/celuxe";
import { describeFailure, logFailure } from "@/lib/describe-failure";

/** The ids of the models that the key may use. */
export async function GET(): Promise<Response> {
  try {
    const celuxe = await getCeluxe();
    const models = await celuxe.listModels();
    return Response.json(models.map(({ id }) => id));
  } catch (error) {
    logFailure(error);
    return Response.json(describeFailure(error), { status: 503 });
  }
}
